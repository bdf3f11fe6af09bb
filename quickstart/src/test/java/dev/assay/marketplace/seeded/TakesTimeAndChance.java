package dev.assay.marketplace.seeded;

import java.time.Clock;
import java.util.UUID;

class TakesTimeAndChance {
  UUID id() {
    return UUID.randomUUID();
  }

  Clock clock() {
    return Clock.systemUTC();
  }
}
