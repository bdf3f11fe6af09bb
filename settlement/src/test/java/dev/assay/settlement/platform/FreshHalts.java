package dev.assay.settlement.platform;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

/** For what is tested by itself, while a whole service runs beside it. */
public final class FreshHalts {
  private FreshHalts() {}

  public static Halts halts() {
    return new Halts(new SimpleMeterRegistry());
  }
}
