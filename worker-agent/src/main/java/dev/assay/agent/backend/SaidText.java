package dev.assay.agent.backend;

import dev.assay.protocol.content.TextRule;

/**
 * What a model says, piece by piece, without what no market takes: controls other than tab and line
 * ends, and halves of characters. A runtime may cut a character in two.
 */
final class SaidText {
  private static final char NONE = 0;

  private final StringBuilder text = new StringBuilder();

  /** The first half of a character whose second has not come. */
  private char half = NONE;

  /** The same of a text that is there as a whole. */
  static String of(String whole) {
    return new SaidText().add(whole);
  }

  /**
   * @return what can be passed on now
   */
  String add(String piece) {
    int from = text.length();
    for (int i = 0; i < piece.length(); i++) {
      char c = piece.charAt(i);
      if (half != NONE && Character.isLowSurrogate(c)) {
        text.append(half).append(c);
      } else if (!Character.isSurrogate(c) && !TextRule.isForbidden(c)) {
        text.append(c);
      }
      half = Character.isHighSurrogate(c) ? c : NONE;
    }
    return text.substring(from);
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
