package dev.assay.marketplace.audit;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.ZoneOffset;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What the market is still looking at, in figures that are the same at each replica. */
@Component
class OpenAudits {
  private final JdbcClient jdbc;
  private final Clock clock;

  OpenAudits(JdbcClient jdbc, Clock clock, MeterRegistry meters) {
    this.jdbc = jdbc;
    this.clock = clock;
    Gauge.builder("market.audits.open", this, OpenAudits::count)
        .description("Audits that were drawn and are not over")
        .register(meters);
    Gauge.builder("market.audits.overdue", this, OpenAudits::overdue)
        .description("Audits that are open past their deadline")
        .register(meters);
    Gauge.builder("market.cases.open", this, OpenAudits::cases)
        .description("Cases of the Court that are not closed")
        .register(meters);
    Gauge.builder("market.workers.surprising", this, OpenAudits::surprising)
        .description("Workers whose texts are not drawn from the model that they sell")
        .register(meters);
  }

  private long count() {
    return ask("select count(*) from audit where stage <> 'over'");
  }

  private long overdue() {
    return jdbc.sql("select count(*) from audit where stage <> 'over' and deadline < :now")
        .param("now", clock.instant().atOffset(ZoneOffset.UTC))
        .query(Long.class)
        .single();
  }

  private long cases() {
    return ask("select count(*) from court_case where state <> 'CLOSED'");
  }

  private long surprising() {
    return ask("select count(distinct worker) from surprisal where is_decisive");
  }

  private long ask(String sql) {
    return jdbc.sql(sql).query(Long.class).single();
  }
}
