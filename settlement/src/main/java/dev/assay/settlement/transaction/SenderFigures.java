package dev.assay.settlement.transaction;

import dev.assay.protocol.Signer;
import dev.assay.settlement.chain.ChainClient;
import dev.assay.settlement.chain.ChainUnavailable;
import dev.assay.settlement.platform.Leadership;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** What is to be sent and with what, in figures. */
@Component
class SenderFigures {
  private static final Logger LOG = LoggerFactory.getLogger(SenderFigures.class);
  private static final double WEI_PER_ETHER = 1e18;

  private final JdbcClient jdbc;
  private final ChainClient chain;
  private final Signer signer;
  private final Leadership leadership;
  private final Clock clock;
  private volatile double tank = Double.NaN;

  SenderFigures(
      JdbcClient jdbc,
      ChainClient chain,
      Signer signer,
      Leadership leadership,
      SenderSettings settings,
      Clock clock,
      MeterRegistry meters) {
    this.jdbc = jdbc;
    this.chain = chain;
    this.signer = signer;
    this.leadership = leadership;
    this.clock = clock;
    Stream.of("PLANNED", "SENT")
        .forEach(state ->
            Gauge.builder("settlement.transactions", this, it -> it.count(state))
                .description("Transactions that are to be sent, or sent and not final")
                .tag("state", state.toLowerCase(Locale.ROOT))
                .register(meters));
    Gauge.builder("settlement.transactions.oldest", this, SenderFigures::oldest)
        .description("Time since the oldest transaction that is not final was first signed")
        .baseUnit("seconds")
        .register(meters);
    Gauge.builder("settlement.gas.tank", this, it -> it.tank)
        .description("What the key that sends has for gas, at the process that sends")
        .baseUnit("ether")
        .register(meters);
    Gauge.builder(
            "settlement.gas.least", settings, it -> it.leastGasTank().doubleValue() / WEI_PER_ETHER)
        .description("Below this nothing new is sent")
        .baseUnit("ether")
        .register(meters);
  }

  /** Not at every scrape: a node that does not answer must not keep the other figures. */
  @Scheduled(fixedDelayString = "${settlement.sender.tank-every:15s}")
  void look() {
    if (leadership.term() < 0) {
      tank = Double.NaN;
      return;
    }
    try {
      tank = chain.balance(signer.address()).doubleValue() / WEI_PER_ETHER;
    } catch (ChainUnavailable e) {
      LOG.atDebug().setCause(e).log("What is left for gas cannot be read now");
    }
  }

  private long count(String state) {
    return jdbc.sql("select count(*) from outgoing where state = :state")
        .param("state", state)
        .query(Long.class)
        .single();
  }

  private double oldest() {
    return jdbc.sql(
            """
            select min(signed_at) from attempt
             where outgoing_id in (select id from outgoing where state = 'SENT')\
            """)
        .query(Timestamp.class)
        .optional()
        .map(at -> Duration.between(at.toInstant(), clock.instant()).toMillis() / 1000.0)
        .orElse(0.0);
  }
}
