package dev.assay.marketplace.openai;

import dev.assay.marketplace.job.Verification;
import dev.assay.marketplace.job.Wishes;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * Which workers will do, and how their answer is made sure of: the member {@code provider}, with
 * OpenRouter's names where it has them.
 *
 * @param sort what decides among workers that will do
 * @param only these workers, by their wallets
 * @param ignore never these workers
 * @param regions only there
 * @param maxPrice what is too dear
 * @param minStake free stake below which a worker will not do
 * @param minReputation what audits have shown of a worker with the model, from none (0) to 10000: k
 *     passed ones in a row are k / (k + 20)
 * @param verification how the result is made sure of; {@code spot} if not given
 * @param deadlineSeconds from now until the answer is not wanted any more
 * @param allowFallbacks always so: a worker that fails is followed by another
 * @param requireParameters always so: what no worker does is refused
 * @param dataCollection workers see what they compute
 */
@JsonNaming(SnakeCaseStrategy.class)
record Routing(
    Wishes.@Nullable Sort sort,
    @Nullable List<WalletAddress> only,
    @Nullable List<WalletAddress> ignore,
    @Nullable List<String> regions,
    @Nullable PriceLimit maxPrice,
    @Nullable TokenAmount minStake,
    @Nullable BasisPoints minReputation,
    @Nullable Verification verification,
    @Nullable Integer deadlineSeconds,
    @Nullable Boolean allowFallbacks,
    @Nullable Boolean requireParameters,
    @Nullable String dataCollection,
    @Nullable Unsupported order,
    @Nullable Unsupported zdr,
    @Nullable Unsupported quantizations,
    @Nullable Unsupported preferredMinThroughput,
    @Nullable Unsupported preferredMaxLatency) {
  static final Routing NONE =
      new Routing(
          null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
          null, null);

  /**
   * What a worker may ask at most, in whole tokens of the market's currency (dollars).
   *
   * @param prompt for a million input tokens
   * @param completion for a million output tokens
   * @param request for all of this request
   */
  record PriceLimit(
      @Nullable Double prompt,
      @Nullable Double completion,
      @Nullable Double request,
      @Nullable Unsupported image) {}
}
