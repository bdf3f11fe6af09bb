package dev.assay.settlement.batch;

import dev.assay.determinism.CrashPoint;
import dev.assay.determinism.Ids;
import dev.assay.protocol.AccountId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Entry;
import dev.assay.protocol.EventId;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.ReceiptLeaf;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.EscrowEvent;
import dev.assay.protocol.event.JobSettled;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.chain.PlacedLog;
import dev.assay.settlement.platform.Halts;
import dev.assay.settlement.platform.Rows;
import dev.assay.settlement.transaction.OutgoingTransactions;
import dev.assay.settlement.transaction.Purpose;
import dev.assay.settlement.watch.Chunk;
import dev.assay.settlement.watch.FinalLogs;
import dev.assay.settlement.watch.SettledEntries;
import dev.assay.tracing.Traces;
import java.sql.Timestamp;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/** Batches, whose heads form a chain here as on the Escrow. */
@Component
public class Batches implements FinalLogs, SettledEntries {
  private static final Logger LOG = LoggerFactory.getLogger(Batches.class);

  private static final String DISSOLVED = "dissolved-settlement";

  /** Events written in one transaction. */
  private static final int AT_ONCE = 500;

  private final EscrowContract escrow;
  private final OutgoingTransactions outgoing;
  private final ApplicationEventPublisher events;
  private final TransactionOperations transaction;
  private final JdbcClient jdbc;
  private final Halts halts;
  private final Traces traces;
  private final Clock clock;
  private final Ids ids;

  Batches(
      Market market,
      OutgoingTransactions outgoing,
      ApplicationEventPublisher events,
      TransactionOperations transaction,
      JdbcClient jdbc,
      Halts halts,
      Traces traces,
      Clock clock,
      Ids ids) {
    this.escrow = market.deployment().escrowContract();
    this.outgoing = outgoing;
    this.events = events;
    this.transaction = transaction;
    this.jdbc = jdbc;
    this.halts = halts;
    this.traces = traces;
    this.clock = clock;
    this.ids = ids;
  }

  /**
   * @param isSettled whether its log is final
   */
  record Link(long seq, Digest head, boolean isSettled) {}

  /** The newest batch that landed or may land. */
  Optional<Link> last() {
    return jdbc.sql(
            "select seq, head, state from batch where state <> 'VOID' order by seq desc limit 1")
        .query((row, _) ->
            new Link(
                row.getLong("seq"),
                Digest.parse(row.getString("head")),
                row.getString("state").equals("SETTLED")))
        .optional();
  }

  /** The head after the newest batch that is final. */
  public Optional<Digest> settledHead() {
    return jdbc.sql("select head from batch where state = 'SETTLED' order by seq desc limit 1")
        .query(String.class)
        .optional()
        .map(Digest::parse);
  }

  /** After which head the batch was closed. */
  Digest parentOf(Digest head) {
    return Digest.parse(
        jdbc.sql("select parent from batch where head = :head")
            .param("head", head.toString())
            .query(String.class)
            .single());
  }

  TokenAmount takenBy(Digest head) {
    return jdbc.sql("select taken::text from batch where head = :head")
        .param("head", head.toString())
        .query((row, _) -> Rows.amount(row, "taken"))
        .single();
  }

  /** Closes a batch and has it sent, in one transaction. */
  void close(Digest parent, BatchPlanner.Plan plan) {
    List<String> ofJobs = plan.jobs().stream().map(ClearedJob::traceparent).toList();
    traces.ofMany(
        ofJobs,
        "close batch",
        span -> {
          Digest head = close(parent, plan, plan.batch().head(parent));
          span.tag("head", head.toString()).tag("jobs", plan.jobs().size());
          return head;
        });
  }

  private Digest close(Digest parent, BatchPlanner.Plan plan, Digest head) {
    transaction.executeWithoutResult(_ -> {
      long seq = insert(parent, head, plan);
      insertEntries(seq, "DEBIT", plan.batch().debits());
      insertEntries(seq, "CREDIT", plan.batch().credits());
      assign(seq, plan);
      outgoing.plan(Purpose.SETTLE, head.toString(), escrow.settle(parent, plan.batch()));
      CrashPoint.SETTLEMENT_BATCH_BEFORE_COMMIT.reached();
    });
    CrashPoint.SETTLEMENT_BATCH_AFTER_COMMIT.reached();
    LOG.atInfo()
        .addKeyValue("head", head)
        .addKeyValue("jobs", plan.jobs().size())
        .addKeyValue("taken", plan.batch().taken())
        .log("A batch is closed");
    return head;
  }

  private long insert(Digest parent, Digest head, BatchPlanner.Plan plan) {
    return jdbc.sql(
            """
            insert into batch (parent, head, root, jobs, taken, given, state, closed_at)
            values (:parent, :head, :root, :jobs, :taken::numeric, :given::numeric, 'CLOSED', :now)
            on conflict (head) do update set state = 'CLOSED', dissolved_at = null
             where batch.state = 'VOID'
            returning seq\
            """)
        .param("parent", parent.toString())
        .param("head", head.toString())
        .param("root", plan.batch().root().toString())
        .param("jobs", plan.jobs().size())
        .param("taken", plan.batch().taken().toString())
        .param("given", plan.batch().given().toString())
        .param("now", Timestamp.from(clock.instant()))
        .query(Long.class)
        .single();
  }

  private void insertEntries(long seq, String side, List<Entry> entries) {
    jdbc.sql(
            """
            insert into batch_entry (batch, side, account, amount)
            select :seq, :side, account, amount
              from unnest(:accounts::bigint[], :amounts::numeric[]) as e (account, amount)
            on conflict (batch, side, account) do nothing\
            """)
        .param("seq", seq)
        .param("side", side)
        .param("accounts", array(entries.stream().map(e -> e.account().toString()).toList()))
        .param("amounts", array(entries.stream().map(e -> e.amount().toString()).toList()))
        .update();
  }

  private void assign(long seq, BatchPlanner.Plan plan) {
    int assigned =
        jdbc.sql(
                """
                update cleared_job c
                   set batch = :seq, requester_account = l.requester, worker_account = l.worker
                  from unnest(:jobs::text[], :requesters::bigint[], :workers::bigint[])
                         as l (job, requester, worker)
                 where c.job = l.job and c.batch is null\
                """)
            .param("seq", seq)
            .param("jobs", array(plan.leaves().stream().map(l -> l.jobId().toString()).toList()))
            .param(
                "requesters",
                array(plan.leaves().stream().map(l -> l.requester().toString()).toList()))
            .param(
                "workers", array(plan.leaves().stream().map(l -> l.worker().toString()).toList()))
            .update();
    if (assigned != plan.jobs().size()) {
      throw new IllegalStateException("A job of the batch is in another one already");
    }
  }

  /** Of values without commas, quotes or braces, as PostgreSQL writes an array. */
  private static String array(List<String> values) {
    return "{" + String.join(",", values) + "}";
  }

  /** A batch that can never land: its jobs wait again. */
  void dissolve(Link link) {
    boolean isDissolved =
        Boolean.TRUE.equals(
            transaction.execute(_ -> {
              int closed =
                  jdbc.sql(
                          """
                          update batch set state = 'VOID', dissolved_at = :now
                           where seq = :seq and state = 'CLOSED'\
                          """)
                      .param("now", Timestamp.from(clock.instant()))
                      .param("seq", link.seq())
                      .update();
              if (closed == 0) {
                return false; // it has landed meanwhile
              }
              jdbc.sql(
                      """
                      insert into dissolved_job (batch, job, requester_account, worker_account)
                      select batch, job, requester_account, worker_account
                        from cleared_job where batch = :seq
                      on conflict (batch, job) do nothing\
                      """)
                  .param("seq", link.seq())
                  .update();
              jdbc.sql(
                      """
                      update cleared_job
                         set batch = null, requester_account = null, worker_account = null
                       where batch = :seq\
                      """)
                  .param("seq", link.seq())
                  .update();
              return true;
            }));
    if (isDissolved) {
      LOG.atWarn()
          .addKeyValue("head", link.head())
          .log("A batch could not land; its jobs wait again");
    }
  }

  @Override
  public Optional<Entries> of(Digest head) {
    Optional<Long> seq =
        jdbc.sql("select seq from batch where head = :head")
            .param("head", head.toString())
            .query(Long.class)
            .optional();
    return seq.map(s -> new Entries(entries(s, "DEBIT"), entries(s, "CREDIT")));
  }

  private List<Entry> entries(long seq, String side) {
    return jdbc.sql(
            """
            select account, amount::text from batch_entry where batch = :seq and side = :side
             order by account\
            """)
        .param("seq", seq)
        .param("side", side)
        .query((row, _) ->
            new Entry(
                new AccountId(row.getLong("account")), TokenAmount.parse(row.getString("amount"))))
        .list();
  }

  @Override
  public void apply(Chunk chunk) {
    for (PlacedLog log : chunk.logs()) {
      Optional<EscrowEvent> event = escrow.event(log.log());
      if (event.isPresent() && event.get() instanceof EscrowEvent.Settled settled) {
        jdbc.sql(
                """
                update batch set state = 'SETTLED', transaction = :transaction, block = :block,
                                 log_index = :index
                 where head = :head\
                """)
            .param("transaction", log.transaction().toString())
            .param("block", log.block())
            .param("index", log.index())
            .param("head", settled.head().toString())
            .update();
        haltIfDissolvedLanded();
      }
    }
  }

  /**
   * Only a node that lied before can bring this about: it said that the batch was reverted. It
   * holds, whoever sends, until each job of the batch is in it again and in no other.
   */
  public void haltIfDissolvedLanded() {
    jdbc.sql(
            """
            select head from batch b
             where dissolved_at is not null and state = 'SETTLED'
               and jobs <> (select count(*) from cleared_job c where c.batch = b.seq)
             order by seq limit 1\
            """)
        .query((row, _) -> row.getString("head"))
        .optional()
        .ifPresentOrElse(
            head ->
                halts.halt(
                    DISSOLVED,
                    "batch %s was taken for reverted and is settled: a node told us what is not so. Compare the nodes, then the jobs of the batch by hand."
                        .formatted(head)),
            () -> halts.release(DISSOLVED));
  }

  /**
   * Tells the market of jobs whose batch is final, some at a time.
   *
   * @return whether there are more
   */
  boolean tellSettled() {
    Optional<Settled> next =
        jdbc.sql(
                """
                select seq, parent, head, root, transaction, block, log_index from batch b
                 where state = 'SETTLED' and exists
                       (select from cleared_job c where c.batch = b.seq and told_at is null)
                 order by seq limit 1\
                """)
            .query((row, _) ->
                new Settled(
                    row.getLong("seq"),
                    Digest.parse(row.getString("parent")),
                    Digest.parse(row.getString("head")),
                    Digest.parse(row.getString("root")),
                    Digest.parse(row.getString("transaction")),
                    row.getLong("block"),
                    row.getInt("log_index")))
            .optional();
    next.ifPresent(this::tell);
    return next.isPresent();
  }

  private record Settled(
      long seq,
      Digest parent,
      Digest head,
      Digest root,
      Digest transaction,
      long block,
      int logIndex) {}

  private record Line(ClearedJob job, ReceiptLeaf leaf, boolean isTold) {}

  private void tell(Settled batch) {
    List<Line> lines =
        jdbc.sql(
                """
                select job, attempt, requester, worker, price::text, earned::text, attestation,
                       traceparent, cleared_at, requester_account, worker_account,
                       told_at is not null as told
                  from cleared_job where batch = :seq order by job\
                """)
            .param("seq", batch.seq())
            .query((row, index) -> {
              ClearedJob job = ClearedJobs.job(row, index);
              return new Line(
                  job,
                  job.leaf(
                      new AccountId(row.getLong("requester_account")),
                      new AccountId(row.getLong("worker_account"))),
                  row.getBoolean("told"));
            })
            .list();
    MerkleTree tree = MerkleTree.of(lines.stream().map(line -> line.leaf().hash()).toList());
    if (!tree.root().equals(batch.root())) {
      throw new IllegalStateException(
          "The jobs of batch %s are not those of its root".formatted(batch.head()));
    }
    List<Line> untold = lines.stream().filter(line -> !line.isTold()).toList();
    String sending = outgoing.traceparent(Purpose.SETTLE, batch.head().toString());
    for (int from = 0; from < untold.size(); from += AT_ONCE) {
      List<Line> some = untold.subList(from, Math.min(from + AT_ONCE, untold.size()));
      transaction.executeWithoutResult(_ -> {
        some.forEach(line -> events.publishEvent(settled(batch, line, tree)));
        jdbc.sql("update cleared_job set told_at = :now where job = any(:jobs::text[])")
            .param("now", Timestamp.from(clock.instant()))
            .param("jobs", array(some.stream().map(l -> l.job().job().toString()).toList()))
            .update();
        CrashPoint.SETTLEMENT_TELL_BEFORE_COMMIT.reached();
      });
      CrashPoint.SETTLEMENT_TELL_AFTER_COMMIT.reached();
      some.forEach(line -> traces.add(line.job().traceparent(), settling(batch, line), sending));
    }
    LOG.atInfo()
        .addKeyValue("head", batch.head())
        .addKeyValue("jobs", lines.size())
        .addKeyValue("transaction", batch.transaction())
        .log("A batch is settled for good");
  }

  /** From its clearing to the block that pays it being final. */
  private Traces.Passage settling(Settled batch, Line line) {
    return new Traces.Passage(
        "settle job",
        line.job().clearedAt(),
        clock.instant(),
        Map.of(
            "transaction", batch.transaction().toString(),
            "block", Long.toString(batch.block()),
            "head", batch.head().toString()));
  }

  private JobSettled settled(Settled batch, Line line, MerkleTree tree) {
    return new JobSettled(
        new EventId(ids.next()),
        clock.instant(),
        line.leaf(),
        line.job().requester(),
        line.job().worker(),
        tree.proof(line.leaf().hash()),
        batch.root(),
        batch.parent(),
        batch.head(),
        batch.transaction(),
        batch.block(),
        batch.logIndex(),
        line.job().traceparent());
  }
}
