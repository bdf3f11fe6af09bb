package dev.assay.marketplace.purse;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What of the market's money the chain has not settled yet, in atomic units. */
@Component
class LedgerFigures {
  private final JdbcClient jdbc;

  LedgerFigures(JdbcClient jdbc, MeterRegistry meters) {
    this.jdbc = jdbc;
    Gauge.builder("market.money.unsettled", this, LedgerFigures::unsettled)
        .description("Held or charged, of all purses, and not settled: what is at risk")
        .register(meters);
    Gauge.builder("market.money.pending", this, LedgerFigures::pending)
        .description("Earned by workers and not settled")
        .register(meters);
  }

  private double unsettled() {
    return ask("select coalesce(sum(unsettled), 0)::float8 from purse");
  }

  private double pending() {
    return ask("select coalesce(sum(pending), 0)::float8 from earning");
  }

  private double ask(String sql) {
    return jdbc.sql(sql).query(Double.class).single();
  }
}
