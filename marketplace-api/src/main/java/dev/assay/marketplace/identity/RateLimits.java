package dev.assay.marketplace.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.stereotype.Component;

/**
 * A token bucket for each of whoever asks, in memory of this process: as many requests may come at
 * once as may come in a minute. A bucket is one number, the time at which it will be full again
 * (the generic cell rate algorithm); who has been away for as long is forgotten.
 */
@Component
class RateLimits {
  private static final long WINDOW = Duration.ofMinutes(1).toNanos();

  private final Cache<Object, AtomicLong> fullAt;
  private final Clock clock;

  RateLimits(IdentitySettings settings, Clock clock) {
    this.clock = clock;
    this.fullAt =
        Caffeine.newBuilder()
            .maximumSize(settings.rates().remembered())
            .expireAfterAccess(Duration.ofMinutes(2))
            .executor(Runnable::run)
            .build();
  }

  /**
   * What is left after a request.
   *
   * @param isWithin whether the request is within the limit
   * @param untilFull when as many as the limit may come again, if none comes before
   * @param untilNext when one may come again; zero if it may now
   */
  record Allowance(
      int limit, boolean isWithin, long remaining, Duration untilFull, Duration untilNext) {}

  /** Takes one from the bucket of {@code who}, if there is one. */
  Allowance take(Object who, int perMinute) {
    return ask(who, perMinute, 1);
  }

  /** As {@link #take}, without taking. */
  Allowance look(Object who, int perMinute) {
    return ask(who, perMinute, 0);
  }

  private Allowance ask(Object who, int perMinute, int count) {
    var bucket = fullAt.get(who, _ -> new AtomicLong());
    long interval = WINDOW / perMinute;
    long now = nanos(clock.instant());
    while (true) {
      long before = bucket.get();
      // Further ahead than a window only if the clock was set back: what it says is worth nothing.
      long full = before > now + WINDOW ? now : Math.max(before, now);
      long after = full + interval;
      boolean isWithin = after - now <= interval * perMinute;
      long next = isWithin && count > 0 ? after : full;
      if (bucket.compareAndSet(before, next)) {
        return new Allowance(
            perMinute,
            isWithin,
            (interval * perMinute - (next - now)) / interval,
            Duration.ofNanos(next - now),
            isWithin ? Duration.ZERO : Duration.ofNanos(after - now - interval * perMinute));
      }
    }
  }

  /** How many buckets are in memory. */
  long count() {
    fullAt.cleanUp();
    return fullAt.estimatedSize();
  }

  private static long nanos(Instant time) {
    return time.getEpochSecond() * 1_000_000_000L + time.getNano();
  }
}
