package dev.assay.settlement.batch;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** What is to be paid and is not yet, in figures. */
@Component
class WaitingJobs {
  private final BatchHistory history;
  private final Clock clock;

  WaitingJobs(BatchHistory history, Clock clock, MeterRegistry meters) {
    this.history = history;
    this.clock = clock;
    Gauge.builder("settlement.jobs.waiting", this, WaitingJobs::count)
        .description("Jobs that are cleared and in no batch")
        .register(meters);
    Gauge.builder("settlement.jobs.oldest", this, WaitingJobs::oldest)
        .description("Age of the oldest job that is cleared and in no batch")
        .baseUnit("seconds")
        .register(meters);
    Gauge.builder("settlement.batches.open", this, WaitingJobs::batches)
        .description("Batches that are closed and not settled on the chain")
        .register(meters);
  }

  private long count() {
    return history.waiting().jobs();
  }

  private long batches() {
    return history.open();
  }

  private double oldest() {
    return history
        .waiting()
        .since()
        .map(at -> Duration.between(at, clock.instant()).toMillis() / 1000.0)
        .orElse(0.0);
  }
}
