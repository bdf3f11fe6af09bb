package dev.assay.marketplace.matching;

import dev.assay.marketplace.offer.Offer;
import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** What workers have in hand, and how long they have taken of late. Guarded by the floor's lock. */
final class Exposures {
  private final Map<WalletAddress, TokenAmount> atRisk = new HashMap<>();
  private final Map<Sold, Integer> live = new HashMap<>();
  private final Map<Sold, Long> paceNanos = new HashMap<>();

  private record Sold(WalletAddress worker, Digest model) {
    static Sold of(Offer offer) {
      return new Sold(offer.worker(), offer.modelDigest());
    }
  }

  void begin(Offer offer, TokenAmount price) {
    atRisk.merge(offer.worker(), price, TokenAmount::plus);
    live.merge(Sold.of(offer), 1, Integer::sum);
  }

  void end(Offer offer, TokenAmount price) {
    atRisk.computeIfPresent(
        offer.worker(), (_, risk) -> risk.equals(price) ? null : risk.minus(price));
    live.computeIfPresent(Sold.of(offer), (_, count) -> count == 1 ? null : count - 1);
  }

  /** A moving average; one slow attempt in a hundred hardly counts. */
  void took(Offer offer, Duration attempt) {
    paceNanos.merge(
        Sold.of(offer), attempt.toNanos(), (before, now) -> before + (now - before) / 8);
  }

  TokenAmount atRisk(WalletAddress worker) {
    return atRisk.getOrDefault(worker, TokenAmount.ZERO);
  }

  int live(Offer offer) {
    return live.getOrDefault(Sold.of(offer), 0);
  }

  Duration pace(Offer offer) {
    return Duration.ofNanos(paceNanos.getOrDefault(Sold.of(offer), 0L));
  }
}
