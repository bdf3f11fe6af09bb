package dev.assay.protocol.deploy;

import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.chain.Policy;
import java.time.Duration;

/**
 * The constants of a market, as {@code docs/reference/protocol.md} explains them.
 *
 * @param decimals of the token
 * @param exitDelay between announcing an exit from the Escrow and leaving
 * @param rate atomic units a second that settlements may take in the long run
 * @param burst atomic units that they may take at once
 * @param thaw how long a withdrawn bond stays at stake
 * @param commitment the anchor of the operator's beacon chain
 * @param lawDelay before a new court or another role for its functions can act; above the thaw
 * @param limitDelay before governance's new limit for settlements counts
 */
public record Terms(
    int decimals,
    Duration exitDelay,
    TokenAmount rate,
    TokenAmount burst,
    Duration thaw,
    Digest commitment,
    Policy policy,
    Duration lawDelay,
    Duration limitDelay) {
  /**
   * @throws IllegalArgumentException if a new court could act before whoever distrusts it has left
   */
  public Terms {
    if (lawDelay.compareTo(thaw) <= 0) {
      throw new IllegalArgumentException(
          "lawDelay is above the thaw, %s, not %s.".formatted(thaw, lawDelay));
    }
  }

  /** The values of the reference page, for a token of 6 decimals. */
  public static Terms standard(Digest commitment) {
    return new Terms(
        6,
        Duration.ofDays(2),
        dollars(1_000),
        dollars(1_000_000),
        Duration.ofDays(14),
        commitment,
        new Policy(
            Duration.ofDays(7),
            Duration.ofDays(2),
            Duration.ofDays(3),
            5,
            300,
            new BasisPoints(500),
            new BasisPoints(20_000),
            dollars(5),
            dollars(2),
            TokenAmount.of(50_000),
            dollars(100)),
        Duration.ofDays(15),
        Duration.ofHours(12));
  }

  private static TokenAmount dollars(long whole) {
    return TokenAmount.of(1_000_000).times(whole);
  }
}
