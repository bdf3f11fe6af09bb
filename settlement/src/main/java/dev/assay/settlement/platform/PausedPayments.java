package dev.assay.settlement.platform;

import dev.assay.determinism.Ids;
import dev.assay.protocol.EventId;
import dev.assay.protocol.event.PaymentsSwitched;
import java.time.ZoneOffset;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Whether operators have stopped payments, here or at the market, as the newest row of each table
 * says: either holds them. Jobs wait then, and no batch is sent. What nobody may be kept from goes
 * on: draws and seals, cases, and the payout of what is earned and awarded.
 */
@Component
public class PausedPayments {
  private static final Logger LOG = LoggerFactory.getLogger(PausedPayments.class);
  private static final String PART = "payments";

  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final ApplicationEventPublisher events;
  private final Halts halts;
  private final Ids ids;
  private volatile boolean isOn;

  PausedPayments(
      JdbcClient jdbc,
      TransactionOperations transaction,
      ApplicationEventPublisher events,
      Halts halts,
      Ids ids) {
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.events = events;
    this.halts = halts;
    this.ids = ids;
    show(read());
  }

  public boolean isOn() {
    return isOn;
  }

  @Scheduled(fixedDelayString = "${settlement.pause.every:1s}")
  void look() {
    try {
      show(read());
      tell();
    } catch (DataAccessException | TransactionException e) {
      LOG.atDebug().setCause(e).log("Whether payments are paused cannot be read now");
    }
  }

  /** Takes in what the market's operators did; what comes again, or late, changes nothing. */
  public void record(PaymentsSwitched told) {
    jdbc.sql(
            """
            insert into market_pause (number, paused, reason, by, at)
            values (:number, :paused, :reason, :by, :at)
            on conflict (at, number) do nothing\
            """)
        .param("number", told.number())
        .param("paused", told.isStopped())
        .param("reason", told.reason())
        .param("by", told.by())
        .param("at", told.occurredAt().atOffset(ZoneOffset.UTC))
        .update();
    look();
  }

  /** The reasons that stand, this machine's own first. */
  private List<String> read() {
    return jdbc.sql(
            """
            select reason from (
                (select 1 as place, paused, reason from pause order by id desc limit 1)
                union all
                (select 2, paused, reason from market_pause order by at desc, number desc limit 1)) newest
             where paused order by place\
            """)
        .query((row, _) -> row.getString("reason"))
        .list();
  }

  private void show(List<String> reasons) {
    isOn = !reasons.isEmpty();
    if (isOn) {
      halts.note(PART, "payments are paused: " + String.join("; ", reasons));
    } else {
      halts.release(PART);
    }
  }

  /** Rows of this machine's own, also those typed by hand, each once whichever replica looks. */
  private void tell() {
    transaction.executeWithoutResult(_ ->
        jdbc.sql(
                """
                with taken as (
                    insert into pause_told
                    select p.id from pause p
                     where not exists (select from pause_told t where t.id = p.id)
                    on conflict do nothing returning id)
                select p.* from pause p join taken using (id) order by p.id\
                """)
            .query((row, _) ->
                new PaymentsSwitched(
                    new EventId(ids.next()),
                    Rows.instant(row, "at"),
                    row.getLong("id"),
                    row.getBoolean("paused"),
                    row.getString("reason"),
                    row.getString("by"),
                    ""))
            .list()
            .forEach(events::publishEvent));
  }
}
