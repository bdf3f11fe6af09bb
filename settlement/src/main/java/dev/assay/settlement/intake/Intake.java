package dev.assay.settlement.intake;

import dev.assay.determinism.CrashPoint;
import dev.assay.protocol.EventId;
import java.sql.Timestamp;
import java.time.Clock;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/**
 * The inbox. An event's id is kept in the transaction of its effect, so the effect happens once
 * however often the event arrives; if the process dies between the two, neither has happened.
 */
@Component
public class Intake {
  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final Clock clock;

  Intake(JdbcClient jdbc, TransactionOperations transaction, Clock clock) {
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.clock = clock;
  }

  /**
   * @param effect writes to the database only
   * @return whether the effect happened now; false if it had happened before
   */
  public boolean once(EventId event, Runnable effect) {
    boolean isFirst =
        Boolean.TRUE.equals(
            transaction.execute(_ -> {
              if (!isNew(event)) {
                return false;
              }
              effect.run();
              CrashPoint.SETTLEMENT_INTAKE_BEFORE_COMMIT.reached();
              return true;
            }));
    CrashPoint.SETTLEMENT_INTAKE_AFTER_COMMIT.reached();
    return isFirst;
  }

  private boolean isNew(EventId event) {
    return jdbc.sql(
                """
                insert into processed_event (event_id, processed_at) values (:id, :at)
                on conflict (event_id) do nothing\
                """)
            .param("id", event.uuid())
            .param("at", Timestamp.from(clock.instant()))
            .update()
        == 1;
  }
}
