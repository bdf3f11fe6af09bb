package dev.assay.marketplace.job;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What becomes of jobs, in figures. Every label is one of a few that are known at the start, and
 * its series begins at nought then: no wallet, job or model is among them.
 */
@Component
class JobFigures {
  private final Map<Tier, Counter> posted = new EnumMap<>(Tier.class);
  private final Map<String, Counter> ended = new HashMap<>();

  JobFigures(JdbcClient jdbc, MeterRegistry meters) {
    for (Tier tier : Tier.values()) {
      posted.put(
          tier,
          Counter.builder("market.jobs.posted")
              .description("Jobs that were taken, each execution of a quorum for itself")
              .tag("tier", tier.label())
              .register(meters));
    }
    Stream.of("attested", "cancelled", "expired", "unserved")
        .forEach(outcome ->
            ended.put(
                outcome,
                Counter.builder("market.jobs.ended")
                    .description("Jobs that have ended, by how")
                    .tag("outcome", outcome)
                    .register(meters)));
    Gauge.builder(
            "market.jobs.open",
            jdbc,
            it -> it.sql("select count(*) from open_job").query(Long.class).single())
        .description("Jobs of the whole market that have no end yet; the same at each replica")
        .register(meters);
  }

  @EventListener
  void on(JobOpened opened) {
    Objects.requireNonNull(posted.get(opened.job().tier())).increment();
  }

  @EventListener
  void on(JobEnded ended) {
    Objects.requireNonNull(this.ended.get(ended.end().outcome())).increment();
  }
}
