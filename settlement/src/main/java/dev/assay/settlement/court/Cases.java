package dev.assay.settlement.court;

import dev.assay.determinism.Ids;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EventId;
import dev.assay.protocol.Offence;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.VerdictEvidence;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.Call;
import dev.assay.protocol.chain.CaseState;
import dev.assay.protocol.chain.CourtContract;
import dev.assay.protocol.chain.CourtEvent;
import dev.assay.protocol.event.CaseChanged;
import dev.assay.settlement.chain.BlockRef;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.platform.Rows;
import dev.assay.settlement.watch.Chunk;
import dev.assay.settlement.watch.FinalLogs;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;
import tools.jackson.databind.json.JsonMapper;

/** Evidence that came in, and the Court's cases as far as they are final. */
@Component
class Cases implements FinalLogs {
  private static final Logger LOG = LoggerFactory.getLogger(Cases.class);

  private final CourtContract court;
  private final ApplicationEventPublisher events;
  private final TransactionOperations transaction;
  private final JdbcClient jdbc;
  private final JsonMapper json;
  private final Clock clock;
  private final Ids ids;

  Cases(
      Market market,
      ApplicationEventPublisher events,
      TransactionOperations transaction,
      JdbcClient jdbc,
      JsonMapper json,
      Clock clock,
      Ids ids) {
    this.court = market.deployment().courtContract();
    this.events = events;
    this.transaction = transaction;
    this.jdbc = jdbc;
    this.json = json;
    this.clock = clock;
    this.ids = ids;
  }

  /**
   * What came in last.
   *
   * @param traceparent of what brought it
   */
  record Kept(Bytes data, String traceparent) {}

  Kept evidence(String id) {
    return kept("select data, traceparent from evidence where case_id = :id", id);
  }

  Kept harm(String id) {
    return kept("select data, traceparent from harm where case_id = :id", id);
  }

  private Kept kept(String sql, String id) {
    return jdbc.sql(sql)
        .param("id", id)
        .query((row, _) -> new Kept(Bytes.of(row.getBytes("data")), row.getString("traceparent")))
        .single();
  }

  /** The newest counts, until there is a case. */
  void keepEvidence(Digest id, Offence offence, Call call, String traceparent) {
    keepEvidence(id, offence, call, null, traceparent);
  }

  /** As other evidence, and of what its call was made: it can be made again with fewer votes. */
  void keepVerdict(Digest id, VerdictEvidence verdict, Call call, String traceparent) {
    keepEvidence(id, Offence.VERDICT, call, json.writeValueAsString(verdict), traceparent);
  }

  private void keepEvidence(
      Digest id, Offence offence, Call call, @Nullable String verdict, String traceparent) {
    jdbc.sql(
            """
            insert into evidence (case_id, offence, data, verdict, traceparent, came_at)
            values (:id, :offence, :data, :verdict::jsonb, :traceparent, :now)
            on conflict (case_id) do update
               set data = excluded.data, verdict = excluded.verdict,
                   traceparent = excluded.traceparent, came_at = excluded.came_at
             where not exists (select from court_case c where c.id = evidence.case_id)\
            """)
        .param("id", id.toString())
        .param("offence", offence.name())
        .param("data", call.data().toBytes())
        .param("verdict", verdict)
        .param("traceparent", traceparent)
        .param("now", Timestamp.from(clock.instant()))
        .update();
  }

  record KeptVerdict(VerdictEvidence evidence, String traceparent) {}

  /** Empty for other evidence, and for what the version before has kept. */
  Optional<KeptVerdict> verdict(String id) {
    return jdbc.sql(
            """
            select verdict, traceparent from evidence
             where case_id = :id and verdict is not null\
            """)
        .param("id", id)
        .query((row, _) ->
            new KeptVerdict(
                json.readValue(row.getString("verdict"), VerdictEvidence.class),
                row.getString("traceparent")))
        .optional();
  }

  /** The newest counts, until the harmed is named. */
  void keepHarm(Digest id, Call call, String traceparent) {
    jdbc.sql(
            """
            insert into harm (case_id, data, traceparent, came_at)
            values (:id, :data, :traceparent, :now)
            on conflict (case_id) do update
               set data = excluded.data, traceparent = excluded.traceparent,
                   came_at = excluded.came_at
             where not exists
                   (select from court_case c where c.id = harm.case_id and c.harmed is not null)\
            """)
        .param("id", id.toString())
        .param("data", call.data().toBytes())
        .param("traceparent", traceparent)
        .param("now", Timestamp.from(clock.instant()))
        .update();
  }

  @Override
  public void apply(Chunk chunk) {
    long block = chunk.to().number();
    List<CourtEvent> all =
        chunk.logs().stream().flatMap(log -> court.event(log.log()).stream()).toList();
    // The Court names whom a verdict harms before it tells that there is a case.
    for (CourtEvent event : all) {
      if (event instanceof CourtEvent.CaseOpened opened) {
        open(opened, block);
      }
    }
    all.forEach(event -> apply(event, block));
  }

  private void apply(CourtEvent event, long block) {
    switch (event) {
      case CourtEvent.HarmNamed named -> {
        jdbc.sql(
                """
                update court_case set harmed = :harmed, compensation = :compensation::numeric
                 where id = :id\
                """)
            .param("id", named.id().toString())
            .param("harmed", named.harmed().hex())
            .param("compensation", named.compensation().toString())
            .update();
        touch(named.id(), block);
      }
      case CourtEvent.Collected collected -> {
        jdbc.sql("update court_case set taken = taken + :taken::numeric where id = :id")
            .param("id", collected.id().toString())
            .param("taken", collected.taken().toString())
            .update();
        touch(collected.id(), block);
      }
      case CourtEvent.Appealed appealed -> touch(appealed.id(), block);
      case CourtEvent.Upheld upheld -> touch(upheld.id(), block);
      case CourtEvent.Dismissed dismissed -> touch(dismissed.id(), block);
      case CourtEvent.CaseOpened _ -> {} // before the others
      case CourtEvent.Sealed _,
          CourtEvent.Pinned _,
          CourtEvent.Drawn _,
          CourtEvent.Anchored _,
          CourtEvent.AuthorityUpdated _ -> {} // of epochs
    }
  }

  /** What is proven by the accused's own signature or by the clock is taken as it is opened. */
  private void open(CourtEvent.CaseOpened opened, long block) {
    boolean isTaken = opened.state() == CaseState.HELD || opened.state() == CaseState.CLOSED;
    jdbc.sql(
            """
            insert into court_case
              (id, offence, accused, state, amount, taken, deadline, compensation, changed_in)
            values (:id, :offence, :accused, :state, :amount::numeric, :taken::numeric, :deadline, 0,
                    :block)
            on conflict (id) do update set taken = excluded.taken, changed_in = excluded.changed_in\
            """)
        .param("id", opened.id().toString())
        .param("offence", opened.kind().name())
        .param("accused", opened.accused().hex())
        .param("state", opened.state().name())
        .param("amount", opened.amount().toString())
        .param("taken", (isTaken ? opened.amount() : TokenAmount.ZERO).toString())
        .param("deadline", Timestamp.from(Instant.ofEpochSecond(opened.deadline())))
        .param("block", block)
        .update();
  }

  private void touch(Digest id, long block) {
    jdbc.sql("update court_case set changed_in = :block where id = :id")
        .param("id", id.toString())
        .param("block", block)
        .update();
  }

  /** Those that may have changed without a log of the Court, and those whose change is not told. */
  List<CourtCase> toFollow(int most) {
    return jdbc.sql(
            """
            select id, offence, accused, state, amount::text, taken::text, deadline, harmed,
                   compensation::text
              from court_case
             where state <> 'CLOSED' or followed_in is null or changed_in > followed_in
             order by followed_in nulls first, id limit :most\
            """)
        .param("most", most)
        .query(Cases::courtCase)
        .list();
  }

  private boolean isTold(Digest id) {
    return jdbc.sql(
            "select followed_in is not null and changed_in <= followed_in from court_case where id"
                + " = :id")
        .param("id", id.toString())
        .query(Boolean.class)
        .single();
  }

  /** Keeps how a case stands as of a block, and tells the market if it is news. */
  void follow(CourtCase before, CourtCase now, BlockRef block) {
    transaction.executeWithoutResult(_ -> {
      boolean isNews = !now.equals(before) || !isTold(now.id());
      jdbc.sql(
              """
              update court_case
                 set state = :state, amount = :amount::numeric, deadline = :deadline,
                     followed_in = :block
               where id = :id\
              """)
          .param("state", now.state().name())
          .param("amount", now.amount().toString())
          .param("deadline", now.deadline().map(Timestamp::from).orElse(null))
          .param("block", block.number())
          .param("id", now.id().toString())
          .update();
      if (isNews) {
        tell(now, block.number());
      }
    });
  }

  private void tell(CourtCase now, long block) {
    events.publishEvent(
        new CaseChanged(
            new EventId(ids.next()),
            clock.instant(),
            now.id(),
            now.offence(),
            now.accused(),
            now.state(),
            now.amount(),
            now.taken(),
            now.deadline(),
            now.harmed(),
            now.compensation(),
            block,
            Chunk.END_OF_BLOCK,
            ""));
    LOG.atInfo()
        .addKeyValue("case", now.id())
        .addKeyValue("offence", now.offence())
        .addKeyValue("accused", now.accused())
        .addKeyValue("state", now.state())
        .log("A case of the Court changed");
  }

  private static CourtCase courtCase(ResultSet row, int index) throws SQLException {
    return new CourtCase(
        Digest.parse(row.getString("id")),
        Offence.valueOf(row.getString("offence")),
        new WalletAddress(row.getString("accused")),
        CaseState.valueOf(row.getString("state")),
        Rows.amount(row, "amount"),
        Rows.amount(row, "taken"),
        Rows.maybeInstant(row, "deadline"),
        Rows.maybeText(row, "harmed").map(WalletAddress::new),
        Rows.amount(row, "compensation"));
  }
}
