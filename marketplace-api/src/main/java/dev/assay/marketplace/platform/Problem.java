package dev.assay.marketplace.platform;

import org.jspecify.annotations.Nullable;

/**
 * A caller's mistake, or a part that is away: thrown anywhere, answered by {@link ProblemAdvice} as
 * an RFC 9457 problem. The message says what to do; it goes to the caller as it is.
 */
public class Problem extends RuntimeException {
  private final ProblemType type;
  private final @Nullable String member;
  private final int retryAfterSeconds;

  public Problem(ProblemType type, String whatToDo) {
    this(type, null, whatToDo);
  }

  /**
   * @param member of the body that is at fault, such as {@code provider.max_price}; null for none
   */
  public Problem(ProblemType type, @Nullable String member, String whatToDo) {
    this(type, member, whatToDo, type.retryAfterSeconds());
  }

  /** Of something that is known to be otherwise after so many seconds. */
  public Problem(ProblemType type, String whatToDo, int retryAfterSeconds) {
    this(type, null, whatToDo, retryAfterSeconds);
  }

  private Problem(
      ProblemType type, @Nullable String member, String whatToDo, int retryAfterSeconds) {
    super(whatToDo, null, false, false); // no stack: it tells about the caller, not about us
    this.type = type;
    this.member = member;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  public ProblemType type() {
    return type;
  }

  public @Nullable String member() {
    return member;
  }

  /** What {@code Retry-After} says; 0 for nothing. */
  int retryAfterSeconds() {
    return retryAfterSeconds;
  }

  public String whatToDo() {
    return String.valueOf(getMessage());
  }
}
