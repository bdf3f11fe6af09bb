package dev.assay.marketplace.platform;

/**
 * A caller's mistake, or a part that is away: thrown anywhere, answered by {@link ProblemAdvice} as
 * an RFC 9457 problem. The message says what to do; it goes to the caller as it is.
 */
public class Problem extends RuntimeException {
  private final ProblemType type;

  public Problem(ProblemType type, String whatToDo) {
    super(whatToDo, null, false, false); // no stack: it tells about the caller, not about us
    this.type = type;
  }

  public ProblemType type() {
    return type;
  }

  public String whatToDo() {
    return String.valueOf(getMessage());
  }
}
