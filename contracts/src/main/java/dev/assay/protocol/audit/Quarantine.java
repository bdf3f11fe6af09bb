package dev.assay.protocol.audit;

import dev.assay.protocol.BasisPoints;

/**
 * Watches whether reference nodes, whose answers to canaries are known to be honest, agree about
 * one model in one profile. If they do not, the rule is wrong rather than the workers: nothing is
 * slashed for the pair, and open cases of it are dropped, until somebody has found out why.
 *
 * @param canaries answers of reference nodes in the last 24 hours
 * @param disagreements how many of them were not what is expected
 */
public record Quarantine(long canaries, long disagreements) {
  public static final Quarantine NONE = new Quarantine(0, 0);

  /** One node may be broken, and a second by chance. */
  private static final long LEAST = 3;

  /** Three times an upper bound, shown by calibration, on the rate of flags of honest answers. */
  private static final double TOO_OFTEN = 3 * 1e-3;

  /** Of reference nodes' answers so many may disagree; beyond it the rule is wrong. */
  public static BasisPoints budget() {
    return new BasisPoints((int) Math.round(TOO_OFTEN * BasisPoints.WHOLE.value()));
  }

  /**
   * @throws IllegalArgumentException for counts that cannot be
   */
  public Quarantine {
    if (disagreements < 0 || disagreements > canaries) {
      throw new IllegalArgumentException(
          "%d disagreements are not of %d canaries.".formatted(disagreements, canaries));
    }
  }

  public Quarantine after(boolean agrees) {
    return new Quarantine(canaries + 1, disagreements + (agrees ? 0 : 1));
  }

  public boolean isOn() {
    return disagreements >= LEAST && disagreements > TOO_OFTEN * canaries;
  }
}
