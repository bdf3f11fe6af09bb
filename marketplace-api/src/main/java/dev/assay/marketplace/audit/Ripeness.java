package dev.assay.marketplace.audit;

import java.time.Duration;
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
  private long counted;
  private Duration countedAt = Duration.ZERO;

  Ripeness(Duration old, long many) {
    this.old = old;
    this.many = many;
  }

  /** None if it is not to be counted now. */
  OptionalLong enough(long epoch, Duration age) {
    if (age.compareTo(old) >= 0) {
      return OptionalLong.of(1);
    }
    if (epoch == counted && age.compareTo(countedAt.plus(countedAt.dividedBy(SHARE))) < 0) {
      return OptionalLong.empty();
    }
    counted = epoch;
    countedAt = age;
    return OptionalLong.of(many);
  }
}
