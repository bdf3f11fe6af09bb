package dev.assay.settlement.platform;

import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Whether an operator has stopped payments, as the newest row of the table says. Jobs wait then,
 * and no batch is sent. What nobody may be kept from goes on: draws and seals, cases, and the
 * payout of what is earned and awarded.
 */
@Component
public class PausedPayments {
  private static final Logger LOG = LoggerFactory.getLogger(PausedPayments.class);
  private static final String PART = "payments";

  private final JdbcClient jdbc;
  private final Halts halts;
  private volatile boolean isOn;

  PausedPayments(JdbcClient jdbc, Halts halts) {
    this.jdbc = jdbc;
    this.halts = halts;
    show(read());
  }

  public boolean isOn() {
    return isOn;
  }

  @Scheduled(fixedDelayString = "${settlement.pause.every:1s}")
  void look() {
    try {
      show(read());
    } catch (DataAccessException | TransactionException e) {
      LOG.atDebug().setCause(e).log("Whether payments are paused cannot be read now");
    }
  }

  private Optional<String> read() {
    return jdbc.sql(
            """
            select reason from (select * from pause order by id desc limit 1) newest where paused\
            """)
        .query(String.class)
        .optional();
  }

  private void show(Optional<String> reason) {
    isOn = reason.isPresent();
    reason.ifPresentOrElse(
        words -> halts.note(PART, "payments are paused: " + words), () -> halts.release(PART));
  }
}
