package dev.assay.marketplace.identity;

import dev.assay.marketplace.pause.Pause;
import dev.assay.marketplace.pause.Pauses;
import dev.assay.marketplace.platform.CourtSettings;
import dev.assay.protocol.WalletAddress;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/market}: where the money is, and what is paused. For whoever is about to sign
 * something.
 */
@RestController
class MarketController {
  private final CourtSettings chain;
  private final MarketContracts contracts;
  private final Pauses pauses;

  MarketController(CourtSettings chain, MarketContracts contracts, Pauses pauses) {
    this.chain = chain;
    this.contracts = contracts;
    this.pauses = pauses;
  }

  record Market(
      long chainId,
      WalletAddress court,
      WalletAddress escrow,
      WalletAddress stake,
      MarketContracts.Token token,
      List<Paused> paused) {}

  /**
   * @param what {@code market}, {@code settlement} (nothing is paid meanwhile), {@code model} or
   *     {@code worker}
   * @param subject the model's digest or the worker's wallet; of settlement {@code own} if it was
   *     stopped at its own machine; else empty
   * @param drain whether no new jobs are taken, and what is there is finished
   */
  record Paused(String what, String subject, boolean drain, String reason, Instant since) {
    static Paused of(Pause pause) {
      return new Paused(
          pause.what().name().toLowerCase(Locale.ROOT),
          pause.subject(),
          pause.isDrain(),
          pause.reason(),
          pause.since());
    }
  }

  /**
   * The chain and the contracts of this market: where the money is; and what is paused, and why.
   */
  @GetMapping("/api/market")
  Market market() {
    return new Market(
        chain.id(),
        chain.court(),
        contracts.escrow(),
        contracts.stake(),
        contracts.token(),
        pauses.all().stream().map(Paused::of).toList());
  }
}
