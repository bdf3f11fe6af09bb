package dev.assay.settlement.batch;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What is to be paid and is not yet, in figures. */
@Component
class WaitingJobs {
  private final JdbcClient jdbc;
  private final Clock clock;

  WaitingJobs(JdbcClient jdbc, Clock clock, MeterRegistry meters) {
    this.jdbc = jdbc;
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
    return jdbc.sql("select count(*) from cleared_job where batch is null")
        .query(Long.class)
        .single();
  }

  private long batches() {
    return jdbc.sql("select count(*) from batch where state = 'CLOSED'").query(Long.class).single();
  }

  private double oldest() {
    return jdbc.sql("select min(cleared_at) from cleared_job where batch is null")
        .query(Timestamp.class)
        .optional()
        .map(at -> Duration.between(at.toInstant(), clock.instant()).toMillis() / 1000.0)
        .orElse(0.0);
  }
}
