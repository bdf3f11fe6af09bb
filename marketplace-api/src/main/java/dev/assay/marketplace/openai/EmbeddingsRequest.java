package dev.assay.marketplace.openai;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * The body of {@code POST /v1/embeddings}.
 *
 * @param models to be tried in this order if nobody can serve {@code model} now
 * @param encodingFormat {@code float} if not given
 * @param dimensions a model has the dimensions that it has
 * @param user a client's own note; not kept
 */
@JsonNaming(SnakeCaseStrategy.class)
record EmbeddingsRequest(
    String model,
    EmbeddedTexts input,
    @Nullable List<String> models,
    @Nullable Routing provider,
    @Nullable EncodingFormat encodingFormat,
    @Nullable ServiceTier serviceTier,
    @Nullable Unsupported dimensions,
    @Nullable String user) {
  /** Without the texts, which are the requester's own. */
  @Override
  public String toString() {
    return "EmbeddingsRequest[model=%s]".formatted(model);
  }
}
