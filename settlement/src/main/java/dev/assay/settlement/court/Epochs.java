package dev.assay.settlement.court;

import dev.assay.determinism.CrashPoint;
import dev.assay.determinism.Ids;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.EventId;
import dev.assay.protocol.Offence;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.Call;
import dev.assay.protocol.chain.CourtContract;
import dev.assay.protocol.chain.CourtEvent;
import dev.assay.protocol.event.EpochClosed;
import dev.assay.protocol.event.EpochDrawn;
import dev.assay.protocol.event.EpochSealed;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.chain.PlacedLog;
import dev.assay.settlement.intake.Refused;
import dev.assay.settlement.platform.Halts;
import dev.assay.settlement.platform.Rows;
import dev.assay.settlement.transaction.OutgoingTransactions;
import dev.assay.settlement.transaction.Purpose;
import dev.assay.settlement.watch.Chunk;
import dev.assay.settlement.watch.FinalLogs;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/** The market's epochs and what the Court knows of them, as far as it is final. */
@Component
public class Epochs implements FinalLogs {
  private static final Logger LOG = LoggerFactory.getLogger(Epochs.class);

  private static final String COLUMNS =
      """
      epoch, root, prev_root, count, total_price::text, canary_root, verifier_set_root,
      verifier_count, coalesce(beacon_commitment, '0x%s') as beacon_commitment, sealed_at, beacon\
      """
          .formatted("0".repeat(64));

  private final CourtContract court;
  private final WalletAddress operator;
  private final OutgoingTransactions outgoing;
  private final ApplicationEventPublisher events;
  private final TransactionOperations transaction;
  private final JdbcClient jdbc;
  private final Halts halts;
  private final Clock clock;
  private final Ids ids;

  Epochs(
      Market market,
      OutgoingTransactions outgoing,
      ApplicationEventPublisher events,
      TransactionOperations transaction,
      JdbcClient jdbc,
      Halts halts,
      Clock clock,
      Ids ids) {
    this.court = market.deployment().courtContract();
    this.operator = market.offices().operator();
    this.outgoing = outgoing;
    this.events = events;
    this.transaction = transaction;
    this.jdbc = jdbc;
    this.halts = halts;
    this.clock = clock;
    this.ids = ids;
  }

  /**
   * Keeps an epoch that is to be sealed.
   *
   * @throws Refused if it was closed otherwise before
   */
  void close(EpochClosed closed) {
    int isNew =
        jdbc.sql(
                """
                insert into epoch (epoch, root, prev_root, count, total_price, canary_root,
                                   verifier_set_root, verifier_count, traceparent, closed_at)
                values (:epoch, :root, :prevRoot, :count, :totalPrice::numeric, :canaryRoot,
                        :verifierSetRoot, :verifierCount, :traceparent, :now)
                on conflict (epoch) do nothing\
                """)
            .param("epoch", closed.epoch())
            .param("root", closed.root().toString())
            .param("prevRoot", closed.prevRoot().toString())
            .param("count", closed.count())
            .param("totalPrice", closed.totalPrice().toString())
            .param("canaryRoot", closed.canaryRoot().toString())
            .param("verifierSetRoot", closed.verifierSetRoot().toString())
            .param("verifierCount", closed.verifierCount())
            .param("traceparent", closed.traceparent())
            .param("now", Timestamp.from(clock.instant()))
            .update();
    if (isNew == 0 && !isAsKept(closed)) {
      throw new Refused("Epoch %d was closed with other results before".formatted(closed.epoch()));
    }
  }

  private boolean isAsKept(EpochClosed closed) {
    EpochSeal kept = find(closed.epoch()).orElseThrow();
    return kept.equals(
        new EpochSeal(
            closed.epoch(),
            closed.root(),
            closed.prevRoot(),
            closed.count(),
            closed.totalPrice(),
            closed.canaryRoot(),
            closed.verifierSetRoot(),
            closed.verifierCount(),
            kept.beaconCommitment()));
  }

  /** As the market closed it; the commitment is zero as long as none was given. */
  Optional<EpochSeal> find(long epoch) {
    return jdbc.sql("select %s from epoch where epoch = :epoch".formatted(COLUMNS))
        .param("epoch", epoch)
        .query((row, _) -> epochSeal(row))
        .optional();
  }

  /** Whether the market closed such an epoch. */
  public boolean isKnown(long epoch) {
    return find(epoch).isPresent();
  }

  /** An epoch whose seal is final. */
  public Optional<SealedEpoch> sealed(long epoch) {
    return jdbc.sql(
            """
            select %s,
                   beacon is null and exists (select from court_case where id = :withholding) as withheld
              from epoch where epoch = :epoch and sealed_at is not null\
            """
                .formatted(COLUMNS))
        .param("epoch", epoch)
        .param(
            "withholding",
            Offence.WITHHELD_BEACON.caseId(operator, Offence.epoch(epoch)).toString())
        .query((row, _) ->
            new SealedEpoch(
                epochSeal(row),
                Rows.instant(row, "sealed_at"),
                Rows.maybeText(row, "beacon").map(b -> new Beacon(Digest.parse(b))),
                row.getBoolean("withheld")))
        .optional();
  }

  /** The newest whose seal is final; 0 if there is none. */
  public long latestSealed() {
    return jdbc.sql("select coalesce(max(epoch), 0) from epoch where sealed_at is not null")
        .query(Long.class)
        .single();
  }

  /**
   * Gives the epoch its commitment and has the seal sent: once signed it is never another, and one
   * whose seal is final keeps what it has, whatever a node that is behind shows.
   */
  void seal(EpochSeal epochSeal) {
    transaction.executeWithoutResult(_ -> {
      int open =
          jdbc.sql(
                  """
                  update epoch set beacon_commitment = :commitment
                   where epoch = :epoch and sealed_at is null\
                  """)
              .param("commitment", epochSeal.beaconCommitment().toString())
              .param("epoch", epochSeal.epoch())
              .update();
      if (open == 0) {
        return;
      }
      plan(Purpose.SEAL, epochSeal.epoch(), court.seal(epochSeal));
      CrashPoint.SETTLEMENT_SEAL_BEFORE_COMMIT.reached();
    });
    CrashPoint.SETTLEMENT_SEAL_AFTER_COMMIT.reached();
  }

  void plan(Purpose purpose, long epoch, Call call) {
    outgoing.plan(purpose, Long.toString(epoch), call);
  }

  boolean isOnItsWay(Purpose purpose, long epoch) {
    return outgoing.isOnItsWay(purpose, Long.toString(epoch));
  }

  @Override
  public void apply(Chunk chunk) {
    for (PlacedLog log : chunk.logs()) {
      Optional<CourtEvent> event = court.event(log.log());
      if (event.isPresent() && event.get() instanceof CourtEvent.Sealed sealed) {
        sealed(sealed, log, chunk);
      } else if (event.isPresent() && event.get() instanceof CourtEvent.Drawn drawn) {
        drawn(drawn, log);
      }
    }
  }

  private void sealed(CourtEvent.Sealed sealed, PlacedLog log, Chunk chunk) {
    EpochSeal epochSeal = sealed.epochSeal();
    if (!find(epochSeal.epoch()).equals(Optional.of(epochSeal))) {
      halts.halt(
          "foreign-seal",
          "the Court's seal of epoch %d is not ours: someone else has the settlement key, or this"
                  .formatted(epochSeal.epoch())
              + " database is older than the chain. Restore the newest one.");
      return;
    }
    jdbc.sql("update epoch set sealed_at = :at, draw_block = :drawBlock where epoch = :epoch")
        .param("at", Timestamp.from(chunk.to().timestamp()))
        .param("drawBlock", sealed.drawBlock())
        .param("epoch", epochSeal.epoch())
        .update();
    events.publishEvent(
        new EpochSealed(
            new EventId(ids.next()),
            clock.instant(),
            epochSeal,
            sealed.drawBlock(),
            log.transaction(),
            log.block(),
            traceparent(epochSeal.epoch())));
    LOG.atInfo().addKeyValue("epoch", epochSeal.epoch()).log("An epoch is sealed");
  }

  private void drawn(CourtEvent.Drawn drawn, PlacedLog log) {
    jdbc.sql(
            """
            update epoch set beacon = :beacon, preimage = :preimage, draw_block_hash = :blockHash,
                             drawn_by = :transaction, drawn_in = :block
             where epoch = :epoch\
            """)
        .param("beacon", drawn.beacon().value().toString())
        .param("preimage", drawn.preimage().toString())
        .param("blockHash", drawn.blockHash().toString())
        .param("transaction", log.transaction().toString())
        .param("block", log.block())
        .param("epoch", drawn.epoch())
        .update();
  }

  /** Epochs whose draw is final and was not told. */
  List<Long> untold() {
    return jdbc.sql(
            "select epoch from epoch where beacon is not null and told_at is null order by epoch")
        .query((row, _) -> row.getLong("epoch"))
        .list();
  }

  /**
   * @throws IllegalStateException if the beacon does not follow from what was told
   */
  void tellDrawn(long epoch) {
    transaction.executeWithoutResult(_ -> {
      EpochDrawn event =
          jdbc.sql(
                  """
                  select root, beacon, preimage, draw_block_hash, drawn_by, drawn_in, traceparent
                    from epoch where epoch = :epoch\
                  """)
              .param("epoch", epoch)
              .query((row, _) -> {
                Digest preimage = Digest.parse(row.getString("preimage"));
                Beacon beacon = new Beacon(Digest.parse(row.getString("beacon")));
                Digest blockHash = Digest.parse(row.getString("draw_block_hash"));
                Digest root = Digest.parse(row.getString("root"));
                if (!Beacon.of(preimage, blockHash, root).equals(beacon)) {
                  throw new IllegalStateException(
                      "The beacon of epoch %d does not follow from block %s"
                          .formatted(epoch, blockHash));
                }
                return new EpochDrawn(
                    new EventId(ids.next()),
                    clock.instant(),
                    epoch,
                    beacon,
                    preimage,
                    blockHash,
                    Digest.parse(row.getString("drawn_by")),
                    row.getLong("drawn_in"),
                    row.getString("traceparent"));
              })
              .single();
      jdbc.sql("update epoch set told_at = :now where epoch = :epoch")
          .param("now", Timestamp.from(clock.instant()))
          .param("epoch", epoch)
          .update();
      events.publishEvent(event);
      CrashPoint.SETTLEMENT_DRAW_BEFORE_COMMIT.reached();
    });
    CrashPoint.SETTLEMENT_DRAW_AFTER_COMMIT.reached();
    LOG.atInfo().addKeyValue("epoch", epoch).log("An epoch's audits are drawn");
  }

  private String traceparent(long epoch) {
    return jdbc.sql("select traceparent from epoch where epoch = :epoch")
        .param("epoch", epoch)
        .query(String.class)
        .single();
  }

  private static EpochSeal epochSeal(ResultSet row) throws SQLException {
    return new EpochSeal(
        row.getLong("epoch"),
        Digest.parse(row.getString("root")),
        Digest.parse(row.getString("prev_root")),
        row.getLong("count"),
        Rows.amount(row, "total_price"),
        Digest.parse(row.getString("canary_root")),
        Digest.parse(row.getString("verifier_set_root")),
        row.getLong("verifier_count"),
        Digest.parse(row.getString("beacon_commitment")));
  }
}
