package dev.assay.marketplace.openai;

import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.openai.AwaitAnswer.Answer;
import dev.assay.marketplace.openai.EmbeddingList.EmbeddingsUsage;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Texts and their vectors in OpenAI's words and in the market's. */
final class EmbedTexts {
  private EmbedTexts() {}

  static PlaceOrder.Order order(EmbeddingsRequest request) {
    return new PlaceOrder.Order(
        request,
        CompleteChat.models(request.model(), request.models()),
        Objects.requireNonNullElse(request.provider(), Routing.NONE),
        CompleteChat.tier(request.serviceTier()),
        false,
        (_, _) -> input(request));
  }

  private static EmbeddingsInput input(EmbeddingsRequest request) {
    try {
      return new EmbeddingsInput(request.input().texts());
    } catch (IllegalArgumentException e) {
      throw new Problem(ProblemType.INVALID_BODY, "input", String.valueOf(e.getMessage()));
    }
  }

  static EmbeddingList list(Answer answer, @Nullable EncodingFormat format) {
    JobEnd.Usage usage = answer.body().usage();
    return new EmbeddingList(
        "list",
        EmbeddingList.data(
            (EmbeddingsOutput) answer.output(),
            Objects.requireNonNullElse(format, EncodingFormat.FLOAT)),
        answer.body().model(),
        usage == null ? null : new EmbeddingsUsage(usage.inputUnits(), usage.inputUnits()),
        answer.market());
  }
}
