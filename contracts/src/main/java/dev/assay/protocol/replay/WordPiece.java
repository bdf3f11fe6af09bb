package dev.assay.protocol.replay;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns text into the token ids of BERT's uncased WordPiece, as Hugging Face's {@code tokenizers}
 * does with the same {@code tokenizer.json}: two workers that cut a text differently would compute
 * different vectors of it.
 */
public final class WordPiece {
  private static final int MAX_CHARS_PER_WORD = 100;
  private static final String CONTINUATION = "##";

  private final Map<String, Integer> vocabulary;
  private final Map<String, Integer> marks;
  private final int begin;
  private final int end;
  private final int unknown;

  private WordPiece(Map<String, Integer> vocabulary, Map<String, Integer> marks) {
    this.vocabulary = vocabulary;
    this.marks = marks;
    this.begin = id("[CLS]");
    this.end = id("[SEP]");
    this.unknown = id("[UNK]");
  }

  /**
   * @param json a {@code tokenizer.json} of type WordPiece, in UTF-8
   * @throws IllegalArgumentException if it is not one
   */
  public static WordPiece read(ByteBuffer json) {
    Map<String, Integer> vocabulary = new HashMap<>(1 << 16);
    Map<String, Integer> marks = new HashMap<>();
    JsonLeaves.walk(
        StandardCharsets.UTF_8.decode(json.duplicate()).toString(),
        (parent, name, value, isText) -> {
          if (isText && parent.equals("//added_tokens/") && name.equals("content")) {
            marks.put(value, -1);
          } else if (!isText && parent.equals("//model/vocab")) {
            vocabulary.put(name, Integer.parseInt(value));
          }
        });
    marks.keySet().retainAll(vocabulary.keySet());
    marks.replaceAll((mark, none) -> vocabulary.getOrDefault(mark, none));
    return new WordPiece(vocabulary, marks);
  }

  /**
   * @param limit the most ids, begin and end among them
   */
  public int[] encode(String text, int limit) {
    Ids ids = new Ids(limit - 1);
    ids.add(begin);
    int from = 0;
    while (from < text.length() && !ids.isFull()) {
      Mark mark = nextMark(text, from);
      addPlain(text.substring(from, mark == null ? text.length() : mark.start), ids);
      if (mark == null) {
        break;
      }
      ids.add(mark.id);
      from = mark.end;
    }
    return ids.closedBy(end);
  }

  /** A mark such as {@code [SEP]} that stands in the text itself; taken as it is. */
  private record Mark(int start, int end, int id) {}

  private @Nullable Mark nextMark(String text, int from) {
    for (int start = text.indexOf('[', from); start >= 0; start = text.indexOf('[', start + 1)) {
      for (Map.Entry<String, Integer> mark : marks.entrySet()) {
        if (text.startsWith(mark.getKey(), start)) {
          return new Mark(start, start + mark.getKey().length(), mark.getValue());
        }
      }
    }
    return null;
  }

  private void addPlain(String text, Ids ids) {
    StringBuilder word = new StringBuilder();
    int[] characters = normalize(text).codePoints().toArray();
    for (int c : characters) {
      if (isSpace(c)) {
        addWord(word, ids);
      } else if (isPunctuation(c)) {
        addWord(word, ids);
        addWord(word.appendCodePoint(c), ids);
      } else {
        word.appendCodePoint(c);
      }
      if (ids.isFull()) {
        return;
      }
    }
    addWord(word, ids);
  }

  /** Longest piece first, greedily; a word with a part that has no piece is unknown as a whole. */
  private void addWord(StringBuilder word, Ids ids) {
    if (word.isEmpty()) {
      return;
    }
    String whole = word.toString();
    word.setLength(0);
    if (whole.codePointCount(0, whole.length()) > MAX_CHARS_PER_WORD) {
      ids.add(unknown);
      return;
    }
    List<Integer> pieces = new ArrayList<>();
    int start = 0;
    while (start < whole.length()) {
      int stop = whole.length();
      Integer piece = null;
      while (stop > start) {
        String candidate = whole.substring(start, stop);
        piece = vocabulary.get(start == 0 ? candidate : CONTINUATION + candidate);
        if (piece != null) {
          break;
        }
        stop = whole.offsetByCodePoints(stop, -1);
      }
      if (piece == null) {
        ids.add(unknown);
        return;
      }
      pieces.add(piece);
      start = stop;
    }
    pieces.forEach(ids::add);
  }

  private static String normalize(String text) {
    StringBuilder clean = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(c -> {
          if (isWhite(c)) {
            clean.append(' ');
          } else if (isIdeograph(c)) {
            clean.append(' ').appendCodePoint(c).append(' ');
          } else if (!isInvisible(c)) {
            clean.appendCodePoint(c);
          }
        });
    StringBuilder plain = new StringBuilder(clean.length());
    Normalizer.normalize(clean, Normalizer.Form.NFD)
        .codePoints()
        .filter(c -> Character.getType(c) != Character.NON_SPACING_MARK)
        // Letter by letter: a whole string's lower case would know of the final sigma.
        .map(Character::toLowerCase)
        .forEach(plain::appendCodePoint);
    return plain.toString();
  }

  private static boolean isWhite(int c) {
    return c == '\t' || c == '\n' || c == '\r' || isSpace(c);
  }

  private static boolean isSpace(int c) {
    return switch (Character.getType(c)) {
      case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }

  /** Without unassigned characters, which would come and go with the version of Unicode. */
  private static boolean isInvisible(int c) {
    return c == 0xFFFD
        || switch (Character.getType(c)) {
          case Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE, Character.SURROGATE ->
              true;
          default -> false;
        };
  }

  private static boolean isPunctuation(int c) {
    boolean isAscii =
        (c >= '!' && c <= '/')
            || (c >= ':' && c <= '@')
            || (c >= '[' && c <= '`')
            || (c >= '{' && c <= '~');
    return isAscii
        || switch (Character.getType(c)) {
          case Character.CONNECTOR_PUNCTUATION,
              Character.DASH_PUNCTUATION,
              Character.START_PUNCTUATION,
              Character.END_PUNCTUATION,
              Character.INITIAL_QUOTE_PUNCTUATION,
              Character.FINAL_QUOTE_PUNCTUATION,
              Character.OTHER_PUNCTUATION ->
              true;
          default -> false;
        };
  }

  /** The blocks that BERT cuts into single characters. */
  private static boolean isIdeograph(int c) {
    return (c >= 0x4E00 && c <= 0x9FFF)
        || (c >= 0x3400 && c <= 0x4DBF)
        || (c >= 0x20000 && c <= 0x2A6DF)
        || (c >= 0x2A700 && c <= 0x2B73F)
        || (c >= 0x2B740 && c <= 0x2B81F)
        || (c >= 0x2B920 && c <= 0x2CEAF)
        || (c >= 0xF900 && c <= 0xFAFF)
        || (c >= 0x2F800 && c <= 0x2FA1F);
  }

  private int id(String token) {
    Integer id = vocabulary.get(token);
    if (id == null) {
      throw new IllegalArgumentException("The vocabulary has no " + token + ".");
    }
    return id;
  }

  /** Ids up to a number; what comes after is cut off. */
  private static final class Ids {
    private final int most;
    private int[] values = new int[32];
    private int count;

    Ids(int most) {
      this.most = most;
    }

    boolean isFull() {
      return count == most;
    }

    void add(int id) {
      if (isFull()) {
        return;
      }
      if (count == values.length) {
        values = Arrays.copyOf(values, 2 * count);
      }
      values[count++] = id;
    }

    int[] closedBy(int last) {
      int[] closed = Arrays.copyOf(values, count + 1);
      closed[count] = last;
      return closed;
    }
  }
}
