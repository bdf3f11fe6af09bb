package dev.assay.marketplace.admin;

import dev.assay.marketplace.admin.AskSettlement.Asked;
import dev.assay.marketplace.platform.Page;
import dev.assay.marketplace.platform.PageSize;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.admin.CaseBundle;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Epochs, audits and cases: what is looked at again, and what came of it. */
@RestController
class AdminChecksController {
  private final JdbcClient jdbc;
  private final AskSettlement asking;

  AdminChecksController(JdbcClient jdbc, AskSettlement asking) {
    this.jdbc = jdbc;
    this.asking = asking;
  }

  /**
   * An epoch.
   *
   * @param results that were sealed in it; null while it is not sealed, as is what follows from it
   * @param audits of them that were drawn
   * @param isWithheld whether the operator did not reveal its beacon in time
   */
  record AdminEpochBody(
      long number,
      Instant openedAt,
      @Nullable Instant closedAt,
      @Nullable Long results,
      @Nullable TokenAmount totalPrice,
      @Nullable Digest root,
      @Nullable Digest sealedBy,
      @Nullable Digest drawnBy,
      @Nullable Digest beacon,
      long audits,
      boolean isFinished,
      boolean isWithheld) {}

  /**
   * An audit.
   *
   * @param stage {@code drawn}, {@code checking}, {@code committee}, {@code verdict} or {@code
   *     over}
   * @param verifiers whose votes are asked for in its present round, of which {@code signed} have
   *     signed
   * @param outcome {@code cleared} or {@code rejected}, and why; null while it is not over
   */
  record AdminAuditBody(
      JobId job,
      int attempt,
      WalletAddress worker,
      TokenAmount price,
      long epoch,
      String stage,
      int round,
      Instant startsAt,
      Instant deadline,
      long verifiers,
      long signed,
      @Nullable String outcome,
      @Nullable String reason) {}

  /**
   * A case of the Court, as the chain told it.
   *
   * @param deadline of what may happen next
   */
  record AdminCaseBody(
      Digest id,
      String offence,
      WalletAddress accused,
      String state,
      TokenAmount amount,
      TokenAmount taken,
      @Nullable Instant deadline,
      @Nullable WalletAddress harmed,
      TokenAmount compensation,
      long block) {}

  /**
   * A case with its evidence.
   *
   * @param bundle what settlement has of it; null if it has nothing or could not be asked
   * @param settlementWords why there is none; empty if there is one
   */
  record AdminCaseDetail(
      AdminCaseBody courtCase, @Nullable CaseBundle bundle, String settlementWords) {}

  /**
   * Epochs, the newest first.
   *
   * @param after the number of the last one of the page before
   */
  @GetMapping("/api/admin/epochs")
  Page<AdminEpochBody> epochs(
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(defaultValue = PageSize.DEFAULT) PageSize limit) {
    long below = Page.after(after, AdminChecksController::number).orElse(Long.MAX_VALUE);
    return Page.of(
        jdbc.sql(
                """
                select e.number, e.opened_at, e.closed_at, s.count, s.total_price::text as total_price, s.root,
                       c.transaction as sealed_by, d.transaction as drawn_by, d.beacon,
                       coalesce(d.finished, false) as finished, w.epoch is not null as withheld,
                       (select count(*) from audit a where a.epoch = e.number) as audits
                  from (select * from epoch where number < :below order by number desc limit :limit) e
                  left join sealed_epoch s on s.number = e.number
                  left join chain_seal c on c.epoch = e.number
                  left join chain_draw d on d.epoch = e.number
                  left join withheld_epoch w on w.epoch = e.number
                 order by e.number desc\
                """)
            .param("below", below)
            .param("limit", limit.andOneMore())
            .query(AdminChecksController::epoch)
            .list(),
        limit);
  }

  private static long number(String text) {
    if (!text.matches("[1-9][0-9]{0,14}")) {
      throw new IllegalArgumentException("An epoch has a number.");
    }
    return Long.parseLong(text);
  }

  /**
   * Audits, the newest first.
   *
   * @param after the job of the last one of the page before
   * @param open {@code true} for those that are not over only
   */
  @GetMapping("/api/admin/audits")
  Page<AdminAuditBody> audits(
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(defaultValue = "false") boolean open,
      @RequestParam(defaultValue = PageSize.DEFAULT) PageSize limit) {
    UUID below = Page.after(after, JobId::parse).map(JobId::uuid).orElse(new UUID(-1, -1));
    return Page.of(
        jdbc.sql(
                """
                select a.*, l.worker, l.price::text as price, c.outcome, c.reason,
                       (select count(*) from audit_seat t
                         where t.audit = a.job and t.round = a.round and not t.lost) as verifiers,
                       (select count(*) from audit_seat t
                         where t.audit = a.job and t.round = a.round and t.signature is not null) as signed
                  from audit a
                  join sealed_leaf l on l.job = a.job and l.attempt = a.attempt
                  left join check_end c on c.job = a.job
                 where a.job < :below
                """
                    + (open ? " and a.stage <> 'over'" : "")
                    + " order by a.job desc limit :limit")
            .param("below", below)
            .param("limit", limit.andOneMore())
            .query(AdminChecksController::audit)
            .list(),
        limit);
  }

  /**
   * Cases of the Court, by their ids.
   *
   * @param after the id of the last one of the page before
   * @param open {@code true} for those that are not closed only
   */
  @GetMapping("/api/admin/cases")
  Page<AdminCaseBody> cases(
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(defaultValue = "false") boolean open,
      @RequestParam(defaultValue = PageSize.DEFAULT) PageSize limit) {
    byte[] from = Page.after(after, Digest::parse).map(Digest::toBytes).orElse(new byte[0]);
    return Page.of(
        jdbc.sql(
                "select * from court_case where id > :after"
                    + (open ? " and state <> 'CLOSED'" : "")
                    + " order by id limit :limit")
            .param("after", from)
            .param("limit", limit.andOneMore())
            .query(AdminChecksController::courtCase)
            .list(),
        limit);
  }

  /**
   * A case and its evidence, as it was handed to the Court, with the transactions about it: what
   * anyone needs to judge it anew.
   */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/api/admin/cases/{case}")
  AdminCaseDetail one(@PathVariable(name = "case") String id) {
    Digest wanted = caseId(id);
    AdminCaseBody found =
        jdbc.sql("select * from court_case where id = :id")
            .param("id", wanted.toBytes())
            .query(AdminChecksController::courtCase)
            .optional()
            .orElseThrow(AdminChecksController::unknown);
    Asked<CaseBundle> asked = asking.bundle(wanted);
    return new AdminCaseDetail(found, asked.answer(), asked.words());
  }

  private static Digest caseId(String id) {
    try {
      return Digest.parse(id);
    } catch (IllegalArgumentException e) {
      throw unknown();
    }
  }

  private static Problem unknown() {
    return new Problem(ProblemType.NOT_FOUND, "There is no case of this id.");
  }

  private static AdminEpochBody epoch(ResultSet row, int index) throws SQLException {
    String totalPrice = row.getString("total_price");
    return new AdminEpochBody(
        row.getLong("number"),
        row.getTimestamp("opened_at").toInstant(),
        Columns.time(row, "closed_at"),
        (Long) row.getObject("count"),
        totalPrice == null ? null : TokenAmount.parse(totalPrice),
        Columns.digest(row, "root"),
        Columns.digest(row, "sealed_by"),
        Columns.digest(row, "drawn_by"),
        Columns.digest(row, "beacon"),
        row.getLong("audits"),
        row.getBoolean("finished"),
        row.getBoolean("withheld"));
  }

  private static AdminAuditBody audit(ResultSet row, int index) throws SQLException {
    return new AdminAuditBody(
        new JobId(row.getObject("job", UUID.class)),
        row.getInt("attempt"),
        new WalletAddress(row.getString("worker")),
        TokenAmount.parse(row.getString("price")),
        row.getLong("epoch"),
        row.getString("stage"),
        row.getInt("round"),
        row.getTimestamp("starts_at").toInstant(),
        row.getTimestamp("deadline").toInstant(),
        row.getLong("verifiers"),
        row.getLong("signed"),
        row.getString("outcome"),
        row.getString("reason"));
  }

  private static AdminCaseBody courtCase(ResultSet row, int index) throws SQLException {
    String harmed = row.getString("harmed");
    return new AdminCaseBody(
        Digest.of(row.getBytes("id")),
        row.getString("offence"),
        new WalletAddress(row.getString("accused")),
        row.getString("state"),
        TokenAmount.parse(row.getBigDecimal("amount").toBigInteger().toString()),
        TokenAmount.parse(row.getBigDecimal("taken").toBigInteger().toString()),
        Columns.time(row, "deadline"),
        harmed == null ? null : new WalletAddress(harmed),
        TokenAmount.parse(row.getBigDecimal("compensation").toBigInteger().toString()),
        row.getLong("block_number"));
  }
}
