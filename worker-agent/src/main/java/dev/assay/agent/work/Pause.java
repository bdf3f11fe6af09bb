package dev.assay.agent.work;

import java.time.Duration;

/** Lets time pass. Injected, so that tests see how long a worker would have waited. */
@FunctionalInterface
public interface Pause {
  void lasting(Duration duration) throws InterruptedException;
}
