package dev.assay.marketplace.platform;

import java.time.Instant;
import java.util.Optional;

/** Has a chore that is done {@link WhenChanged}, and to which time passing makes a difference. */
public interface ByClock {
  /** It is to look again as soon as it may. */
  Optional<Instant> AGAIN = Optional.of(Instant.MIN);

  /** Asked after it has looked: when it is to look again though nothing was written meanwhile. */
  default Optional<Instant> due() {
    return Optional.empty();
  }

  /** Told in place of looking: nothing was written since it looked, up to then. */
  default void unchangedUntil(Instant at) {}
}
