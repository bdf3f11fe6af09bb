package dev.assay.determinism;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.UUIDClock;
import com.fasterxml.uuid.impl.TimeBasedEpochRandomGenerator;
import java.time.InstantSource;
import java.util.Random;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** Makes identifiers: UUIDv7 (RFC 9562), time from the clock and the rest from the given chance. */
public final class Ids {
  private final TimeBasedEpochRandomGenerator generator;

  public Ids(InstantSource clock, RandomGenerator chance) {
    this.generator =
        Generators.timeBasedEpochRandomGenerator(
            Random.from(chance),
            new UUIDClock() {
              @Override
              public long currentTimeMillis() {
                return clock.millis();
              }
            });
  }

  /** A new UUIDv7. Later ids sort after earlier ones to the millisecond. */
  public UUID next() {
    return generator.generate();
  }
}
