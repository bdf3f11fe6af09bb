package dev.assay.protocol.content;

import dev.assay.protocol.Digest;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Texts, each to become a vector.
 *
 * @param texts 1 to {@value #MAX_TEXTS}, none empty, each at most {@value #MAX_TEXT_BYTES} bytes of
 *     UTF-8
 */
public record EmbeddingsInput(List<String> texts) implements JobInput {
  /** So many vectors of 2,048 numbers still fit the body of a result. */
  public static final int MAX_TEXTS = 256;

  public static final int MAX_TEXT_BYTES = 65_536;

  private static final String TAG = "assay/input/embeddings/1";

  /** What tokenizers put around a text: a beginning and an end. */
  private static final int MARKS = 2;

  /**
   * @throws IllegalArgumentException outside these bounds
   */
  public EmbeddingsInput {
    texts = List.copyOf(texts);
    if (texts.isEmpty() || texts.size() > MAX_TEXTS) {
      throw new IllegalArgumentException(
          "An embeddings input has 1 to %d texts, not %d.".formatted(MAX_TEXTS, texts.size()));
    }
    for (int i = 0; i < texts.size(); i++) {
      int bytes = texts.get(i).getBytes(StandardCharsets.UTF_8).length;
      if (bytes == 0 || bytes > MAX_TEXT_BYTES) {
        throw new IllegalArgumentException(
            "texts[%d] has %d bytes of UTF-8; 1 to %d are taken."
                .formatted(i, bytes, MAX_TEXT_BYTES));
      }
    }
  }

  @Override
  public Digest digest() {
    var bytes = new CanonicalBytes(TAG).number(texts.size());
    texts.forEach(bytes::text);
    return bytes.keccak256();
  }

  @Override
  public JobKind kind() {
    return JobKind.EMBEDDINGS;
  }

  @Override
  public long mostInputUnits() {
    return texts.stream()
        .mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length + MARKS)
        .sum();
  }

  @Override
  public long mostOutputUnits() {
    return 0;
  }
}
