package dev.assay.agent.work;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Exponential back-off with full jitter: after the n-th failure in a row a pause between zero and
 * {@code min(30 s, 0.5 s · 2ⁿ⁻¹)}, every length equally likely. Jitter over the whole range spreads
 * a fleet that lost its market at one instant best (AWS Architecture Blog, "Exponential Backoff And
 * Jitter", 2015).
 */
final class Backoff {
  static final Duration FIRST = Duration.ofMillis(500);
  static final Duration LONGEST = Duration.ofSeconds(30);

  private final RandomGenerator chance;
  private int failures;

  Backoff(RandomGenerator chance) {
    this.chance = chance;
  }

  /**
   * Counts one more failure and says how long to pause.
   *
   * @param notBefore a floor the other side asked for; the jitter comes on top of it
   */
  Duration afterFailure(Duration notBefore) {
    failures++;
    return notBefore.plusMillis(chance.nextLong(ceiling(failures).toMillis() + 1));
  }

  void afterSuccess() {
    failures = 0;
  }

  static Duration ceiling(int failures) {
    // 0.5 s · 2⁶ is already beyond the longest pause; the shift must not overflow.
    Duration grown = FIRST.multipliedBy(1L << Math.min(failures - 1, 6));
    return grown.compareTo(LONGEST) > 0 ? LONGEST : grown;
  }
}
