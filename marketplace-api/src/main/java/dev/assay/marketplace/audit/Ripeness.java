package dev.assay.marketplace.audit;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How many results an epoch needs to be closed: one when it is old, many before. Counting many
 * takes the longer the more there are, so a young epoch is to be a quarter older before it is
 * counted again.
 */
final class Ripeness {
  private static final int SHARE = 4;

  private final Duration old;
  private final long many;
  private long countedEpoch;
  private Duration countedAt = Duration.ZERO;

  Ripeness(Duration old, long many) {
    this.old = old;
    this.many = many;
  }

  /**
   * Whoever asks counts, unless there is no answer.
   *
   * @param age less than before if the clock was set back; then it is counted
   * @return none if it is not to be counted now
   */
  OptionalLong enough(long epoch, Duration age) {
    if (age.compareTo(old) >= 0) {
      return OptionalLong.of(1);
    }
    boolean isKnown =
        epoch == countedEpoch
            && age.compareTo(countedAt) >= 0
            && age.compareTo(countsAgainAt()) < 0;
    if (isKnown) {
      return OptionalLong.empty();
    }
    countedEpoch = epoch;
    countedAt = age;
    return OptionalLong.of(many);
  }

  /** At what age to ask again though no result has come; of one that is old, never. */
  Optional<Duration> again(Duration age) {
    return age.compareTo(old) >= 0
        ? Optional.empty()
        : Optional.of(Collections.min(List.of(old, countsAgainAt())));
  }

  private Duration countsAgainAt() {
    return countedAt.plus(countedAt.dividedBy(SHARE));
  }
}
