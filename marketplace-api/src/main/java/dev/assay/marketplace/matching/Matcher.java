package dev.assay.marketplace.matching;

import dev.assay.marketplace.job.Wishes;
import dev.assay.marketplace.matching.Candidates.Parked;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** Chooses a worker for a job. Pure: the same question has the same answer. */
final class Matcher {
  private Matcher() {}

  /** The first that may have the job, in the order that the job asks for. */
  static Optional<Parked> match(
      OpenJob open, Candidates candidates, Function<Parked, Standing> standing, Instant now) {
    Wishes wishes = open.job().wishes();
    Predicate<Parked> mayHave =
        parked ->
            EligibilityPolicy.of(open, standing.apply(parked), now) instanceof Eligibility.Eligible;
    return wishes.only().isEmpty()
        ? candidates.first(wishes.sort(), JobLimits.of(open.job(), now), mayHave)
        : candidates.firstAmong(wishes.only(), wishes.sort(), mayHave);
  }
}
