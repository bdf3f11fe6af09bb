package dev.assay.quickstart.language;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Cuts texts into tokens and joins them again. A token is the end of a text ({@value #END}), a byte
 * of UTF-8 (1 to 256), or a word of the training text, with the space before it. What is no such
 * word is cut into bytes, so that every text has tokens and comes back as it was.
 */
public final class Vocabulary {
  /** The end of a text. */
  public static final int END = 0;

  private static final int BYTES = 256;
  private static final int MOST_WORDS = 2048;
  private static final Pattern PIECE = Pattern.compile(" ?[A-Za-z]+| ?[0-9]+|.", Pattern.DOTALL);

  private final List<byte[]> tokens;
  private final Map<String, Integer> words;

  private Vocabulary(List<byte[]> tokens, Map<String, Integer> words) {
    this.tokens = List.copyOf(tokens);
    this.words = Map.copyOf(words);
  }

  /** The words of these texts, the more frequent first. */
  public static Vocabulary of(List<String> texts) {
    Map<String, Integer> counts = new HashMap<>();
    texts.forEach(text -> pieces(text).forEach(piece -> counts.merge(piece, 1, Integer::sum)));
    List<byte[]> tokens = new ArrayList<>();
    tokens.add(new byte[0]);
    for (int b = 0; b < BYTES; b++) {
      tokens.add(new byte[] {(byte) b});
    }
    Map<String, Integer> words = new HashMap<>();
    counts.entrySet().stream()
        .filter(entry -> entry.getKey().length() > 1)
        .sorted(
            Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(MOST_WORDS)
        .forEach(entry -> {
          words.put(entry.getKey(), tokens.size());
          tokens.add(entry.getKey().getBytes(StandardCharsets.UTF_8));
        });
    return new Vocabulary(tokens, words);
  }

  private static List<String> pieces(String text) {
    return PIECE.matcher(text).results().map(MatchResult::group).toList();
  }

  /** How many tokens there are; ids are 0 to one below. */
  public int size() {
    return tokens.size();
  }

  /** The token of a byte. */
  static int ofByte(int b) {
    return 1 + (b & 0xFF);
  }

  /** A text's tokens, without an end. */
  public List<Integer> encode(String text) {
    List<Integer> ids = new ArrayList<>();
    for (String piece : pieces(text)) {
      Integer word = words.get(piece);
      if (word != null) {
        ids.add(word);
      } else {
        for (byte b : piece.getBytes(StandardCharsets.UTF_8)) {
          ids.add(ofByte(b));
        }
      }
    }
    return ids;
  }

  /**
   * What tokens say together; bytes that are no UTF-8 become U+FFFD.
   *
   * @throws IllegalArgumentException for an id that is none
   */
  public String decode(List<Integer> ids) {
    var bytes = new ByteArrayOutputStream();
    for (int id : ids) {
      if (id < 0 || id >= size()) {
        throw new IllegalArgumentException("A token is 0 to %d, not %d.".formatted(size() - 1, id));
      }
      bytes.writeBytes(tokens.get(id));
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
