package dev.assay.agent.market;

/** Words that came over the wire, made fit for a log line and a terminal. */
public final class ForeignText {
  public static final int LONGEST = 500;

  private ForeignText() {}

  /** One line: control characters become spaces, and nothing is longer than {@value #LONGEST}. */
  public static String oneLine(String text) {
    StringBuilder line = new StringBuilder(Math.min(text.length(), LONGEST));
    text.codePoints()
        .limit(LONGEST)
        .map(c -> isPrintable(c) ? c : ' ')
        .forEach(line::appendCodePoint);
    return line.toString().strip();
  }

  private static boolean isPrintable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
