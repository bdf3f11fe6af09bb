package dev.assay.agent.market;

import dev.assay.protocol.Domain;
import dev.assay.protocol.WalletAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where a market's money is: {@code GET /api/market}.
 *
 * @param court reads what workers sign
 * @param stake where owners bond and bind session keys; null if the market does not say
 */
public record MarketTerms(
    long chainId, WalletAddress court, @Nullable WalletAddress stake, @Nullable Token token) {

  /**
   * @throws IllegalArgumentException if they name no chain or no court, or none that can be
   */
  public MarketTerms {
    if (court == null) {
      throw new IllegalArgumentException("A market's terms name a chain and a court.");
    }
    new Domain(chainId, court);
    if (stake != null) {
      new Domain(chainId, stake);
    }
  }

  /**
   * @param decimals digits after the point when amounts are shown
   */
  public record Token(WalletAddress address, String symbol, int decimals) {
    /**
     * @throws IllegalArgumentException if a member is missing
     */
    public Token {
      if (address == null || symbol == null) {
        throw new IllegalArgumentException("A token has an address and a symbol.");
      }
    }
  }

  /** The domain of attestations. */
  public Domain courtDomain() {
    return new Domain(chainId, court);
  }
}
