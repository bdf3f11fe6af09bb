package dev.assay.protocol.receipt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads RFC 8259 and nothing beyond it. A member that is there twice is refused: two readers would
 * not agree on which one counts.
 */
sealed interface Json {
  /** In the order of the text. */
  record Members(Map<String, Json> members) implements Json {}

  record Elements(List<Json> elements) implements Json {}

  record Text(String value) implements Json {}

  /** As it is written: what it is to be is the reader's to say. */
  record Number(String text) implements Json {}

  record Flag(boolean value) implements Json {}

  record Null() implements Json {}

  /**
   * @throws IllegalArgumentException if the text is not one value of JSON
   */
  static Json parse(String text) {
    return new Parser(text).document();
  }

  /** By recursive descent, to a bounded depth. */
  final class Parser {
    private static final int DEEPEST = 16;
    private static final int LONGEST_NUMBER = 40;

    private final String text;
    private int at;

    private Parser(String text) {
      this.text = text;
    }

    private Json document() {
      Json value = value(0);
      skipBlanks();
      if (at < text.length()) {
        throw broken("something follows the document");
      }
      return value;
    }

    private Json value(int depth) {
      if (depth > DEEPEST) {
        throw broken("it is nested too deep");
      }
      skipBlanks();
      return switch (peek()) {
        case '{' -> members(depth);
        case '[' -> elements(depth);
        case '"' -> new Text(string());
        case 't' -> word("true", new Flag(true));
        case 'f' -> word("false", new Flag(false));
        case 'n' -> word("null", new Null());
        default -> number();
      };
    }

    private Json members(int depth) {
      Map<String, Json> members = new LinkedHashMap<>();
      at++;
      if (!isNext('}')) {
        do {
          skipBlanks();
          String name = string();
          expect(':');
          if (members.put(name, value(depth + 1)) != null) {
            throw broken("'%s' is there twice".formatted(shown(name)));
          }
        } while (isNext(','));
        expect('}');
      }
      return new Members(members);
    }

    private Json elements(int depth) {
      List<Json> elements = new ArrayList<>();
      at++;
      if (!isNext(']')) {
        do {
          elements.add(value(depth + 1));
        } while (isNext(','));
        expect(']');
      }
      return new Elements(elements);
    }

    private String string() {
      if (peek() != '"') {
        throw broken("a text was expected");
      }
      var value = new StringBuilder();
      for (at++; peek() != '"'; at++) {
        char c = peek();
        if (c < ' ') {
          throw broken("a text has a bare control character");
        }
        value.append(c == '\\' ? escaped() : c);
      }
      at++;
      return value.toString();
    }

    private char escaped() {
      at++;
      return switch (peek()) {
        case '"' -> '"';
        case '\\' -> '\\';
        case '/' -> '/';
        case 'b' -> '\b';
        case 'f' -> '\f';
        case 'n' -> '\n';
        case 'r' -> '\r';
        case 't' -> '\t';
        case 'u' -> codeUnit();
        default -> throw broken("there is no such escape");
      };
    }

    private char codeUnit() {
      int unit = 0;
      for (int i = 0; i < 4; i++) {
        at++;
        char c = peek();
        int digit = c < 0x80 ? Character.digit(c, 16) : -1;
        if (digit < 0) {
          throw broken("an escape has four hexadecimal digits");
        }
        unit = unit << 4 | digit;
      }
      return (char) unit;
    }

    private Json word(String word, Json value) {
      if (!text.startsWith(word, at)) {
        throw broken("a value was expected");
      }
      at += word.length();
      return value;
    }

    private Json number() {
      int from = at;
      while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
      String number = text.substring(from, at);
      if (number.length() > LONGEST_NUMBER
          || !number.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")) {
        at = from;
        throw broken("a value was expected");
      }
      return new Number(number);
    }

    private boolean isNext(char c) {
      skipBlanks();
      if (at < text.length() && text.charAt(at) == c) {
        at++;
        return true;
      }
      return false;
    }

    private void expect(char c) {
      if (!isNext(c)) {
        throw broken("'%s' was expected".formatted(c));
      }
    }

    private char peek() {
      if (at >= text.length()) {
        throw broken("it ends too early");
      }
      return text.charAt(at);
    }

    private void skipBlanks() {
      while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private IllegalArgumentException broken(String why) {
      return new IllegalArgumentException(
          "This is no JSON document that can be read, at character %d: %s.".formatted(at, why));
    }
  }

  /** Somebody else's text, fit to be printed. */
  static String shown(String text) {
    String bare = text.replaceAll("[^ -~]", "?");
    return Optional.of(bare)
        .filter(it -> it.length() <= 40)
        .orElseGet(() -> bare.substring(0, 40) + "…");
  }
}
