package dev.assay.marketplace.identity;

import dev.assay.marketplace.platform.CourtSettings;
import dev.assay.protocol.WalletAddress;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/market}: where the money is. For whoever is about to sign something. */
@RestController
class MarketController {
  private final Market market;

  MarketController(CourtSettings chain, MarketContracts contracts) {
    this.market =
        new Market(
            chain.id(), chain.court(), contracts.escrow(), contracts.stake(), contracts.token());
  }

  record Market(
      long chainId,
      WalletAddress court,
      WalletAddress escrow,
      WalletAddress stake,
      MarketContracts.Token token) {}

  /** The chain and the contracts of this market: where the money is. */
  @GetMapping("/api/market")
  Market market() {
    return market;
  }
}
