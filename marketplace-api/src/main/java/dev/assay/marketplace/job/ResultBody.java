package dev.assay.marketplace.job;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.content.TokenTrace;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A result, in the shape that people and programs read most easily. */
public sealed interface ResultBody {
  /** What the worker has committed to. */
  Digest outputDigest();

  /**
   * @param vectors one for each text, in order
   */
  record Vectors(Digest outputDigest, int dimensions, List<float[]> vectors)
      implements ResultBody {}

  /**
   * @param float32 little-endian, one vector after another; base64 in JSON
   */
  @SuppressWarnings("ArrayRecordComponent") // made to be written as JSON, never compared
  record PackedVectors(Digest outputDigest, int count, int dimensions, byte[] float32)
      implements ResultBody {}

  /**
   * @param trace what the model thought of each token; only of a model whose answers are checked by
   *     that
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Completion(
      Digest outputDigest,
      String text,
      ChatOutput.FinishReason finishReason,
      @Nullable TokenTrace trace)
      implements ResultBody {}

  static ResultBody of(JobOutput output, boolean isPacked) {
    return switch (output) {
      case EmbeddingsOutput vectors when isPacked ->
          new PackedVectors(
              vectors.digest(), vectors.count(), vectors.dimensions(), vectors.float32());
      case EmbeddingsOutput vectors ->
          new Vectors(
              vectors.digest(),
              vectors.dimensions(),
              IntStream.range(0, vectors.count()).mapToObj(vectors::vector).toList());
      case ChatOutput chat ->
          new Completion(chat.digest(), chat.text(), chat.finishReason(), chat.trace());
    };
  }
}
