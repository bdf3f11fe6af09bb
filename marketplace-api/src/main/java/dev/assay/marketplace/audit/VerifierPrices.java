package dev.assay.marketplace.audit;

import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.offer.Offer;
import dev.assay.marketplace.offer.Offers;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.math.BigInteger;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/**
 * What verifiers may ask. Who is drawn is the only one that may have the work, so nobody underbids
 * it, and whoever asks much would empty the purse for audits. What is little is never too much:
 * else those who ask for nothing would keep all others from looking.
 */
@Component
class VerifierPrices {
  /**
   * Of what the cheaper half asks at most; halves are of what verifiers of the model have at stake.
   */
  private static final BigInteger TIMES = BigInteger.valueOf(4);

  private final Offers offers;
  private final Stakes stakes;
  private final AuditSettings settings;

  VerifierPrices(Offers offers, Stakes stakes, AuditSettings settings) {
    this.offers = offers;
    this.stakes = stakes;
    this.settings = settings;
  }

  private record Asking(WalletAddress verifier, TokenAmount price, TokenAmount stake) {}

  /**
   * Verifiers that may be asked to execute {@code job} once more.
   *
   * @param worker whose result is looked at; what it asks says nothing
   */
  Set<WalletAddress> within(Job job, WalletAddress worker) {
    // By the dearest of its offers: it may be any that it executes by.
    Map<WalletAddress, Asking> asking = new HashMap<>();
    for (Offer offer : offers.onMarket(job.modelDigest())) {
      WalletAddress verifier = offer.worker();
      TokenAmount stake = stakes.freeStakeOf(verifier);
      if (offers.verifies(verifier)
          && !verifier.equals(worker)
          && stake.compareTo(settings.seat()) >= 0) {
        TokenAmount price = offer.priceOf(job.inputUnits(), job.outputUnits());
        asking.merge(
            verifier,
            new Asking(verifier, price, stake),
            (a, b) -> a.price().compareTo(b.price()) < 0 ? b : a);
      }
    }
    BigInteger most =
        middle(asking.values())
            .toBigInteger()
            .multiply(TIMES)
            .max(BigInteger.valueOf(settings.lookPrice()));
    return asking.values().stream()
        .filter(it -> it.price().toBigInteger().compareTo(most) <= 0)
        .map(Asking::verifier)
        .collect(Collectors.toSet());
  }

  /** What those ask at most who have half of what is at stake. */
  private static TokenAmount middle(Collection<Asking> asking) {
    TokenAmount all =
        asking.stream().map(Asking::stake).reduce(TokenAmount.ZERO, TokenAmount::plus);
    TokenAmount left = all;
    for (Asking it : asking.stream().sorted(Comparator.comparing(Asking::price)).toList()) {
      left = left.minus(it.stake());
      if (left.compareTo(all.minus(left)) <= 0) {
        return it.price();
      }
    }
    return TokenAmount.ZERO;
  }
}
