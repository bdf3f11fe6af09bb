package dev.assay.marketplace.openai;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.protocol.content.EmbeddingsOutput;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * The vectors of texts.
 *
 * @param object {@code list}
 * @param data one for each text, in order
 * @param model that has made them
 * @param usage as the worker has signed it and is paid for; null where that was not written down
 */
@JsonNaming(SnakeCaseStrategy.class)
record EmbeddingList(
    String object,
    List<Embedding> data,
    String model,
    @Nullable EmbeddingsUsage usage,
    MarketNote market) {
  /**
   * @param object {@code embedding}
   * @param index of its text
   */
  record Embedding(String object, int index, EmbeddedVector embedding) {}

  /** Tokens. */
  @JsonNaming(SnakeCaseStrategy.class)
  record EmbeddingsUsage(long promptTokens, long totalTokens) {}

  /** The numbers of a vector, or 32-bit floats, little-endian, in base64. */
  sealed interface EmbeddedVector {
    @SuppressWarnings("ArrayRecordComponent") // made to be written as JSON, never compared
    record Numbers(@JsonValue float[] numbers) implements EmbeddedVector {}

    record Packed(@JsonValue String base64) implements EmbeddedVector {}
  }

  static List<Embedding> data(EmbeddingsOutput output, EncodingFormat format) {
    byte[] all = output.float32();
    int size = 4 * output.dimensions();
    return IntStream.range(0, output.count())
        .mapToObj(i ->
            new Embedding(
                "embedding",
                i,
                switch (format) {
                  case FLOAT -> new EmbeddedVector.Numbers(output.vector(i));
                  case BASE64 ->
                      new EmbeddedVector.Packed(
                          Base64.getEncoder()
                              .encodeToString(Arrays.copyOfRange(all, i * size, (i + 1) * size)));
                }))
        .toList();
  }
}
