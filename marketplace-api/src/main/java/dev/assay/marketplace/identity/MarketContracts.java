package dev.assay.marketplace.identity;

import dev.assay.protocol.WalletAddress;
import org.springframework.boot.context.properties.ConfigurationProperties;

/** The contracts that hold this market's money, and the token that it is. */
@ConfigurationProperties("marketplace.chain")
public record MarketContracts(WalletAddress escrow, WalletAddress stake, Token token) {
  /**
   * @param decimals digits after the point when an amount of atomic units is shown to people
   */
  public record Token(WalletAddress address, String symbol, int decimals) {}
}
