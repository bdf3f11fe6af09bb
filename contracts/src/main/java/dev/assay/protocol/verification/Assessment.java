package dev.assay.protocol.verification;

import dev.assay.protocol.Outcome;

/** What one comparison of a claim with a reference says. By itself it never costs anybody stake. */
public sealed interface Assessment {
  Assessment PASS = new Pass();

  /** As a verifier signs it. */
  Outcome outcome();

  /** The claim is what the method asks for. */
  record Pass() implements Assessment {
    @Override
    public Outcome outcome() {
      return Outcome.VALID;
    }
  }

  /**
   * The claim is not what the method asks for.
   *
   * @param statistic what was measured; infinite when the claim has no form that can be measured
   * @param threshold which it should not have exceeded
   */
  record Flag(double statistic, double threshold) implements Assessment {
    /**
     * @throws IllegalArgumentException unless the statistic is above the threshold
     */
    public Flag {
      if (!(statistic > threshold)) {
        throw new IllegalArgumentException(
            "%s is not above %s and flags nothing.".formatted(statistic, threshold));
      }
    }

    @Override
    public Outcome outcome() {
      return Outcome.INVALID;
    }
  }

  /**
   * Nothing can be said: the fault is not known to be the worker's.
   *
   * @param reason one sentence
   */
  record Inconclusive(String reason) implements Assessment {
    @Override
    public Outcome outcome() {
      return Outcome.INCONCLUSIVE;
    }
  }
}
