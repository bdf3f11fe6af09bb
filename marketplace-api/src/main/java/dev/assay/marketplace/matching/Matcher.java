package dev.assay.marketplace.matching;

import dev.assay.marketplace.matching.Candidates.Parked;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Function;

/** Chooses a worker for a job. Pure: the same question has the same answer. */
final class Matcher {
  /** How many candidates are looked at, best first, before a job waits for the next to come. */
  static final int DEPTH = 1_024;

  private Matcher() {}

  /**
   * The first that may have the job.
   *
   * @param candidates best first
   */
  static Optional<Parked> match(
      OpenJob open,
      Collection<Parked> candidates,
      Function<Parked, Standing> standing,
      Instant now) {
    int looked = 0;
    for (Parked parked : candidates) {
      if (looked++ == DEPTH) {
        break;
      }
      if (EligibilityPolicy.of(open, standing.apply(parked), now) instanceof Eligibility.Eligible) {
        return Optional.of(parked);
      }
    }
    return Optional.empty();
  }
}
