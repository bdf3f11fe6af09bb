package dev.assay.protocol.audit;

import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.TokenAmount;
import java.math.BigInteger;

/**
 * How often a worker's results are audited: p = clip(max(floor, p*, 4/k), 0, 1), rounded up to a
 * basis point. The rate stands in the seal leaf before the beacon is known, and anybody who knows
 * these facts can recompute it.
 *
 * <p>p* makes honesty the best answer. A cheat saves the gain g of a job of price R; it is noticed
 * with probability pδ, then the job is not paid and L is lost; an honest worker loses L by mistake
 * with probability pα. Honesty pays more iff p ≥ g / (δ(R + L) − αL).
 *
 * @param price R, of the job
 * @param gain g, what a cheat would save; at most the price
 * @param loss L: what a verdict takes, stake and unpaid earnings together
 * @param passes k, consecutive passed audits of this worker with this model and profile
 */
public record AuditRate(TokenAmount price, TokenAmount gain, TokenAmount loss, int passes) {
  /** Nobody falls below, however old: it bounds what a patient cheat gets to 1/floor answers. */
  public static final BasisPoints FLOOR = new BasisPoints(300);

  /** A newcomer's first results are audited all. */
  public static final int ENTRY = 4;

  /**
   * Of what the market itself has bought, audits and canaries: those who check are checked. Not by
   * the rule, else the audits of a young market would be audited by audits without an end.
   */
  public static final BasisPoints OF_CHECKS = new BasisPoints(500);

  /** Of an answer that others, who computed the same, do not share: all of them. */
  public static final BasisPoints OF_DISSENT = BasisPoints.WHOLE;

  /** δ: a hundredth is missed, a twentieth of verifiers may be the cheat's friends. */
  private static final BasisPoints DETECTED = new BasisPoints(9_405);

  /** α, per ten thousand. */
  private static final BasisPoints MISTAKEN = new BasisPoints(1);

  private static final BigInteger WHOLE = BigInteger.valueOf(BasisPoints.WHOLE.value());

  /**
   * @throws IllegalArgumentException for a negative number of passes or a gain above the price
   */
  public AuditRate {
    if (passes < 0) {
      throw new IllegalArgumentException("There are no negative passes.");
    }
    if (gain.compareTo(price) > 0) {
      throw new IllegalArgumentException("A cheat cannot save more than the price.");
    }
  }

  public BasisPoints value() {
    BigInteger most = BigInteger.valueOf(FLOOR.value()).max(incentive()).max(entry()).min(WHOLE);
    return new BasisPoints(most.intValueExact());
  }

  /** p*, in basis points; the whole when no rate is enough. */
  private BigInteger incentive() {
    BigInteger atStake =
        price
            .toBigInteger()
            .add(loss.toBigInteger())
            .multiply(BigInteger.valueOf(DETECTED.value()))
            .subtract(loss.toBigInteger().multiply(BigInteger.valueOf(MISTAKEN.value())));
    if (atStake.signum() <= 0) {
      return gain.isZero() ? BigInteger.ZERO : WHOLE;
    }
    return up(gain.toBigInteger().multiply(WHOLE).multiply(WHOLE), atStake);
  }

  /** 4/k. */
  private BigInteger entry() {
    return up(WHOLE.multiply(BigInteger.valueOf(ENTRY)), BigInteger.valueOf(Math.max(1, passes)));
  }

  private static BigInteger up(BigInteger dividend, BigInteger divisor) {
    return dividend.add(divisor).subtract(BigInteger.ONE).divide(divisor);
  }
}
