package dev.assay.quickstart.demo;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;

/**
 * What somebody watches: lines that stay, and on a terminal a block under them that is drawn again
 * in place. Elsewhere, in a file or a pipe, there are only lines, and none that says nothing new.
 */
public final class Screen {
  private static final String UP_AND_CLEAR = "\033[%dA\033[J";
  private static final String PLAIN = "\033[0m";

  /** Nobody looks. */
  public static final Screen NOBODY =
      new Screen(new PrintWriter(Writer.nullWriter()), false, false);

  private final PrintWriter out;
  private final boolean redraws;
  private final boolean isColoured;
  private int drawn;

  /** A colour says only what the words beside it say too. */
  public enum Colour {
    GREEN("\033[32m"),
    RED("\033[31m"),
    FAINT("\033[2m");

    private final String code;

    Colour(String code) {
      this.code = code;
    }
  }

  /**
   * @param redraws whether the other side is a terminal that can move its cursor
   */
  public Screen(PrintWriter out, boolean redraws, boolean isColoured) {
    this.out = out;
    this.redraws = redraws;
    this.isColoured = isColoured;
  }

  /** For this process: its own terminal, {@code TERM} and {@code NO_COLOR} decide. */
  public static Screen of(PrintWriter out) {
    boolean isTerminal =
        System.console() != null
            && System.console().isTerminal()
            && !"dumb".equals(System.getenv("TERM"));
    String noColour = System.getenv("NO_COLOR");
    return new Screen(out, isTerminal, isTerminal && (noColour == null || noColour.isEmpty()));
  }

  public boolean redraws() {
    return redraws;
  }

  public String in(Colour colour, String words) {
    return isColoured ? colour.code + words + PLAIN : words;
  }

  /** A line that stays. */
  public synchronized void say(String line) {
    clear();
    out.println(line);
    out.flush();
  }

  public void say(List<String> lines) {
    lines.forEach(this::say);
  }

  /** What is drawn until the next call or line; nothing where nothing can be drawn again. */
  public synchronized void show(List<String> lines) {
    if (!redraws) {
      return;
    }
    clear();
    lines.forEach(out::println);
    out.flush();
    drawn = lines.size();
  }

  private void clear() {
    if (drawn > 0) {
      out.printf(UP_AND_CLEAR, drawn);
      drawn = 0;
    }
  }
}
