package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.job.Job;
import dev.assay.protocol.Digest;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/**
 * How long attempts that had a result have taken of late, by model and size. A size is a power of
 * two of the units that the job may take.
 */
@Component
class AttemptTimes {
  private static final int KEPT = 128;

  /** Fewer say nothing of one in twenty. */
  private static final int ENOUGH = 20;

  private final Map<Size, Recent> recent = new ConcurrentHashMap<>();
  private final Timer timer;

  AttemptTimes(MeterRegistry meters) {
    this.timer =
        Timer.builder("market.attempt.duration")
            .description("From lease to result, of attempts that had one")
            .serviceLevelObjectives(
                Duration.ofMillis(100),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofMinutes(1),
                Duration.ofMinutes(10))
            .register(meters);
  }

  private record Size(Digest model, int magnitude) {
    static Size of(Job job) {
      return new Size(
          job.modelDigest(),
          Long.SIZE - Long.numberOfLeadingZeros(job.inputUnits() + job.outputUnits()));
    }
  }

  /** The last of them, in a ring. */
  private static final class Recent {
    private final long[] nanos = new long[KEPT];
    private int count;

    synchronized void add(long took) {
      nanos[count++ % KEPT] = took;
      if (count == 2 * KEPT) {
        count = KEPT; // full stays full
      }
    }

    synchronized Optional<Duration> p95() {
      int known = Math.min(count, KEPT);
      if (known < ENOUGH) {
        return Optional.empty();
      }
      long[] sorted = Arrays.copyOf(nanos, known);
      Arrays.sort(sorted);
      return Optional.of(Duration.ofNanos(sorted[(int) Math.ceil(0.95 * known) - 1]));
    }
  }

  void took(Job job, Duration attempt) {
    timer.record(attempt);
    recent.computeIfAbsent(Size.of(job), _ -> new Recent()).add(attempt.toNanos());
  }

  /** What 95 of 100 like this job have not exceeded; nothing if too few are known. */
  Optional<Duration> p95(Job job) {
    Recent known = recent.get(Size.of(job));
    return known == null ? Optional.empty() : known.p95();
  }
}
