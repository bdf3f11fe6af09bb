package dev.assay.marketplace.platform;

import dev.assay.protocol.content.TextRule;
import jakarta.servlet.http.HttpServletRequest;

/**
 * The texts that are taken anywhere: whole UTF-16 without controls other than tab and line ends.
 * PostgreSQL cannot keep a NUL, and a lone surrogate would be stored as another text than was
 * signed. Nothing is normalised or trimmed: what is stored is what was sent.
 */
final class TextPolicy {
  private TextPolicy() {}

  /**
   * @throws Problem {@link ProblemType#INVALID_TEXT} at the first character that is not taken
   */
  static String checked(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (TextRule.isForbidden(c)) {
        throw refused(i, "a control character (U+%04X)".formatted((int) c));
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw refused(i, "half of a character (a lone surrogate, U+%04X)".formatted((int) c));
      }
    }
    return text;
  }

  /** Names and values of the query. */
  static void checkParameters(HttpServletRequest request) {
    if (request.getQueryString() == null) {
      return;
    }
    request
        .getParameterMap()
        .forEach((name, values) -> {
          checked(name);
          for (String value : values) {
            checked(value);
          }
        });
  }

  private static Problem refused(int index, String what) {
    return new Problem(
        ProblemType.INVALID_TEXT,
        "At index %d there is %s. Remove it: it cannot be kept as sent.".formatted(index, what));
  }
}
