package dev.assay.protocol.replay;

/**
 * Walks through a JSON text and shows each string and number with where it stands. So little of
 * JSON is needed here, for one kind of file whose digest is known, that the protocol does without a
 * parser's jar.
 */
final class JsonLeaves {
  private static final int DEEPEST = 64;

  private final String text;
  private final Visitor visitor;
  private int at;

  /** Gets the leaves in their order. */
  interface Visitor {
    /**
     * @param parent names on the way to the object or array that the leaf is in, each behind a
     *     {@code /}; of array elements the name is empty
     * @param name of the leaf; empty in an array
     * @param value without quotes
     */
    void leaf(String parent, String name, String value, boolean isText);
  }

  private JsonLeaves(String text, Visitor visitor) {
    this.text = text;
    this.visitor = visitor;
  }

  /**
   * @throws IllegalArgumentException if it is no JSON
   */
  static void walk(String text, Visitor visitor) {
    var walk = new JsonLeaves(text, visitor);
    walk.value("", "", 0);
    walk.skipBlanks();
    if (walk.at != text.length()) {
      throw walk.broken();
    }
  }

  private void value(String parent, String name, int depth) {
    if (depth > DEEPEST) {
      throw broken();
    }
    skipBlanks();
    switch (peek()) {
      case '{' -> {
        String path = parent + "/" + name;
        at++;
        if (isNext('}')) {
          return;
        }
        do {
          skipBlanks();
          String member = string();
          expect(':');
          value(path, member, depth + 1);
        } while (isNext(','));
        expect('}');
      }
      case '[' -> {
        String path = parent + "/" + name;
        at++;
        if (isNext(']')) {
          return;
        }
        do {
          value(path, "", depth + 1);
        } while (isNext(','));
        expect(']');
      }
      case '"' -> visitor.leaf(parent, name, string(), true);
      default -> {
        int start = at;
        while (at < text.length() && "+-.".indexOf(text.charAt(at)) >= 0
            || at < text.length() && Character.isLetterOrDigit(text.charAt(at))) {
          at++;
        }
        if (at == start) {
          throw broken();
        }
        visitor.leaf(parent, name, text.substring(start, at), false);
      }
    }
  }

  private String string() {
    expect('"');
    var string = new StringBuilder();
    for (char c = take(); c != '"'; c = take()) {
      if (c != '\\') {
        string.append(c);
        continue;
      }
      char escaped = take();
      switch (escaped) {
        case '"', '\\', '/' -> string.append(escaped);
        case 'b' -> string.append('\b');
        case 'f' -> string.append('\f');
        case 'n' -> string.append('\n');
        case 'r' -> string.append('\r');
        case 't' -> string.append('\t');
        case 'u' -> {
          if (at + 4 > text.length()) {
            throw broken();
          }
          string.append((char) Integer.parseInt(text, at, at + 4, 16));
          at += 4;
        }
        default -> throw broken();
      }
    }
    return string.toString();
  }

  private char take() {
    char c = peek();
    at++;
    return c;
  }

  private char peek() {
    if (at >= text.length()) {
      throw broken();
    }
    return text.charAt(at);
  }

  private boolean isNext(char wanted) {
    skipBlanks();
    if (peek() != wanted) {
      return false;
    }
    at++;
    return true;
  }

  private void expect(char wanted) {
    if (!isNext(wanted)) {
      throw broken();
    }
  }

  private void skipBlanks() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private IllegalArgumentException broken() {
    return new IllegalArgumentException("This is no JSON, from character %d on.".formatted(at));
  }
}
