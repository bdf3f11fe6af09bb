package dev.assay.marketplace.platform;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The header {@code Idempotency-Key}: a caller's name for one request, so that the same again has
 * no second effect. It is the caller's own; another's of the same text is another.
 */
public final class IdempotencyKey {
  public static final String HEADER = "Idempotency-Key";

  private static final Pattern SHAPE = Pattern.compile("[\\x21-\\x7e]{1,64}");

  private IdempotencyKey() {}

  /**
   * @param text as it came; null if none did
   * @return the same
   * @throws Problem if it is none that we take
   */
  public static @Nullable String checked(@Nullable String text) {
    if (text != null && !SHAPE.matcher(text).matches()) {
      throw new Problem(
          ProblemType.INVALID_PARAMETER,
          HEADER + " is 1 to 64 visible ASCII characters, best a UUID.");
    }
    return text;
  }
}
