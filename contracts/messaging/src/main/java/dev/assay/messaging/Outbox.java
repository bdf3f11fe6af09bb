package dev.assay.messaging;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.modulith.events.FailedEventPublications;
import org.springframework.modulith.events.ResubmissionOptions;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Hands events over again that Kafka did not take, and says how many wait and since when. */
@Component
class Outbox {
  private final FailedEventPublications failed;
  private final JdbcClient jdbc;
  private final MessagingSettings settings;
  private final Clock clock;

  Outbox(
      FailedEventPublications failed,
      JdbcClient jdbc,
      EventTraffic traffic,
      MessagingSettings settings,
      Clock clock,
      MeterRegistry meters) {
    this.failed = failed;
    this.jdbc = jdbc;
    this.settings = settings;
    this.clock = clock;
    Gauge.builder(traffic.meters() + ".outbox.pending", this, Outbox::pending)
        .description("Events that Kafka has not acknowledged")
        .register(meters);
    Gauge.builder(
            traffic.meters() + ".outbox.oldest", this, outbox -> outbox.oldestAge().toSeconds())
        .description("Age of the oldest event that Kafka has not acknowledged")
        .baseUnit("seconds")
        .register(meters);
  }

  /** What died with its process is found by the registry's staleness monitor and comes here too. */
  @Scheduled(
      initialDelayString = "${messaging.resubmit-every:5s}",
      fixedDelayString = "${messaging.resubmit-every:5s}")
  void resubmit() {
    failed.resubmit(ResubmissionOptions.defaults().withBatchSize(settings.batch()));
  }

  private long pending() {
    return jdbc.sql("select count(*) from event_publication").query(Long.class).single();
  }

  private Duration oldestAge() {
    return jdbc.sql("select min(publication_date) from event_publication")
        .query(Instant.class)
        .optional()
        .map(oldest -> Duration.between(oldest, clock.instant()))
        .orElse(Duration.ZERO);
  }
}
