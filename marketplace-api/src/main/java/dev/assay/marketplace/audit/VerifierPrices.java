package dev.assay.marketplace.audit;

import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.offer.Offer;
import dev.assay.marketplace.offer.Offers;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.TokenAmount;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * What verifiers may ask. Who is drawn is the only one that may have the work, so nobody underbids
 * it, and whoever asks much would empty the purse for audits.
 */
@Component
class VerifierPrices {
  /**
   * Of what the cheaper half asks at most; halves are of what verifiers of the model have at stake.
   */
  private static final BigInteger TIMES = BigInteger.valueOf(4);

  private final Offers offers;
  private final Stakes stakes;

  VerifierPrices(Offers offers, Stakes stakes) {
    this.offers = offers;
    this.stakes = stakes;
  }

  /** Offers of verifiers, by which {@code job} may be executed once more. */
  Stream<Offer> within(Job job) {
    List<Asked> asked = new ArrayList<>();
    for (Offer offer : offers.onMarket(job.modelDigest())) {
      if (offers.verifies(offer.worker())) {
        asked.add(
            new Asked(
                offer,
                offer.priceOf(job.inputUnits(), job.outputUnits()),
                stakes.freeStakeOf(offer.worker())));
      }
    }
    asked.sort(Comparator.comparing(Asked::price).thenComparing(it -> it.offer().worker().hex()));
    BigInteger most = middle(asked).toBigInteger().multiply(TIMES);
    return asked.stream()
        .filter(it -> it.price().toBigInteger().compareTo(most) <= 0)
        .map(Asked::offer);
  }

  private record Asked(Offer offer, TokenAmount price, TokenAmount stake) {}

  /** What those ask at most who have half of what is at stake. */
  private static TokenAmount middle(List<Asked> ascending) {
    TokenAmount all =
        ascending.stream().map(Asked::stake).reduce(TokenAmount.ZERO, TokenAmount::plus);
    TokenAmount sum = TokenAmount.ZERO;
    for (Asked it : ascending) {
      sum = sum.plus(it.stake());
      if (sum.compareTo(all.minus(sum)) >= 0) {
        return it.price();
      }
    }
    return TokenAmount.ZERO;
  }
}
