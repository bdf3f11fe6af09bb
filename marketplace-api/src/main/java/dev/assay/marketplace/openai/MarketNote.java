package dev.assay.marketplace.openai;

import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.assurance.Assurance;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * What the market has to say of an answer, beside what OpenAI would.
 *
 * @param worker whose answer it is
 * @param price of all who computed it
 * @param assurance how sure one can be of it now
 * @param receiptUrl the path of its receipt, which is whole once it is checked and paid
 */
@JsonNaming(SnakeCaseStrategy.class)
record MarketNote(
    JobId jobId,
    WalletAddress worker,
    Price price,
    @Nullable Assurance assurance,
    String receiptUrl) {
  /**
   * An amount for people.
   *
   * @param amount in atomic units
   * @param currency the token's symbol
   * @param decimals digits after the point when it is shown
   */
  record Price(TokenAmount amount, String currency, int decimals) {}
}
