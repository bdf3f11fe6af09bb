package dev.assay.marketplace.openai;

import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.content.JobKind;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A model, with what OpenRouter tells of one.
 *
 * @param object {@code model}
 * @param created always 0: a model is named by its content, which has no date
 * @param ownedBy {@code assay}
 * @param contextLength the most tokens of one text or conversation
 * @param pricing the lowest that is asked now; null if nobody offers it
 * @param supportedParameters members of a request that are honoured
 */
@JsonNaming(SnakeCaseStrategy.class)
record ListedModel(
    String id,
    String object,
    long created,
    String ownedBy,
    int contextLength,
    @Nullable Pricing pricing,
    List<String> supportedParameters,
    OnMarket market) {
  /**
   * Decimal strings in whole tokens of the market's currency (dollars).
   *
   * @param prompt for one input token
   * @param completion for one output token
   * @param request for a request, beside its tokens
   */
  record Pricing(String prompt, String completion, String request) {}

  /**
   * What no price tells.
   *
   * @param digest of the model's manifest: what its name stands for
   * @param providers that offer it now
   * @param stake that those have at stake together, and could lose
   * @param verification how a result of it can be made sure of
   */
  record OnMarket(
      Digest digest, JobKind kind, int providers, TokenAmount stake, List<String> verification) {}

  /**
   * All of them, on one page.
   *
   * @param object {@code list}
   */
  record ListedModels(String object, List<ListedModel> data) {}
}
