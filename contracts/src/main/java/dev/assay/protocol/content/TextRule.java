package dev.assay.protocol.content;

/** Of which characters texts are made, wherever a market takes or gives one. */
public final class TextRule {
  private TextRule() {}

  /** A control other than tab and line ends: PostgreSQL keeps no NUL, terminals obey the others. */
  public static boolean isForbidden(char c) {
    return Character.isISOControl(c) && c != '\t' && c != '\n' && c != '\r';
  }
}
