package dev.assay.marketplace.pause;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.marketplace.platform.WhenChanged;
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
 * The two switches of payments: the market's, whose rows are told to settlement, and settlement's
 * own, as it told. The market's rows are found in the table, so that one typed by hand is told too.
 */
@Component
public class PaymentPauses {
  private static final Logger LOG = LoggerFactory.getLogger(PaymentPauses.class);

  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final ApplicationEventPublisher events;
  private final Ids ids;

  PaymentPauses(
      JdbcClient jdbc,
      TransactionOperations transaction,
      ApplicationEventPublisher events,
      Ids ids) {
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.events = events;
    this.ids = ids;
  }

  /** Those that stand now. */
  List<Pause> present() {
    return jdbc.sql(
            """
            select holder, reason, at
              from (select distinct on (holder) * from payment_pause
                     order by holder, at desc, number desc, id desc) newest
             where paused\
            """)
        .query((row, _) ->
            new Pause(
                Pause.What.SETTLEMENT,
                row.getString("holder").equals("market") ? "" : Pause.OWN,
                false,
                row.getString("reason"),
                row.getTimestamp("at").toInstant()))
        .list();
  }

  void add(boolean isPaused, String reason, String by, String request) {
    jdbc.sql(
            """
            with named as materialized (select set_config('assay.request', :request, true))
            insert into payment_pause (holder, paused, reason, by)
            select 'market', :paused, :reason, :by from named\
            """)
        .param("request", request)
        .param("paused", isPaused)
        .param("reason", reason)
        .param("by", by)
        .update();
    try {
      tell();
    } catch (DataAccessException | TransactionException e) {
      LOG.atDebug().setCause(e).log("Settlement is told of a pause when it can be");
    }
  }

  /** Takes in what was done at settlement's own machine; what comes again changes nothing. */
  public void record(PaymentsSwitched told) {
    jdbc.sql(
            """
            insert into payment_pause (holder, number, paused, reason, by, at)
            values ('settlement', :number, :paused, :reason, :by, :at)
            on conflict (at, number) do nothing\
            """)
        .param("number", told.number())
        .param("paused", told.isStopped())
        .param("reason", told.reason())
        .param("by", told.by())
        .param("at", told.occurredAt().atOffset(ZoneOffset.UTC))
        .update();
  }

  @ByOneReplica
  @WhenChanged
  @Scheduled(fixedDelayString = "${marketplace.pause.every:1s}")
  void tell() {
    transaction.executeWithoutResult(_ -> untold().forEach(events::publishEvent));
  }

  /** Each once, whichever replica looks: the others wait for its row and find it taken. */
  private List<PaymentsSwitched> untold() {
    return jdbc.sql(
            """
            with taken as (
                insert into payment_pause_told
                select p.id from payment_pause p
                 where p.holder = 'market'
                   and not exists (select from payment_pause_told t where t.id = p.id)
                on conflict do nothing returning id)
            select p.* from payment_pause p join taken using (id) order by p.id\
            """)
        .query((row, _) ->
            new PaymentsSwitched(
                new EventId(ids.next()),
                row.getTimestamp("at").toInstant(),
                row.getLong("id"),
                row.getBoolean("paused"),
                row.getString("reason"),
                row.getString("by"),
                ""))
        .list();
  }
}
