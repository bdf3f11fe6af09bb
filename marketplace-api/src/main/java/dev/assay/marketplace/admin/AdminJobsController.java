package dev.assay.marketplace.admin;

import dev.assay.marketplace.platform.Page;
import dev.assay.marketplace.platform.PageSize;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/admin/jobs}: what was asked for and what became of it. What was asked and answered
 * itself is the requester's own and is not shown.
 */
@RestController
class AdminJobsController {
  private static final String SUMMARY =
      """
      select j.id, j.requester, j.model_digest, j.kind, j.tier, j.verification, j.posted_at, j.deadline,
             e.outcome, e.because, e.worker, e.price::text as price, e.at as ended_at,
             c.outcome as checked, s.at as settled_at,
             exists (select 1 from assignment a
                      where a.job = j.id and e.job is null
                        and not exists (select 1 from assignment_end z
                                         where z.job = a.job and z.attempt = a.attempt)) as executing
        from job j
        left join job_end e on e.job = j.id
        left join check_end c on c.job = j.id
        left join settled_job s on s.job = j.id
      """;

  /**
   * All that happened to a job, whichever process did it: each line is a fact of one table. Leases
   * are signed in whole seconds, so one may seem older than the job.
   */
  private static final String TIMELINE =
      """
      select at, step, who, what, transaction, block from (
          select posted_at as at, 0 as place, 'posted' as step, requester as who,
                 format('at most %s for %s in, %s out', max_price, input_units, output_units) as what,
                 null::bytea as transaction, null::bigint as block
            from job where id = :job
          union all
          select at, case kind when 'reserve' then 1 when 'charge' then 7 else 12 end, kind, '',
                 format('%s from %s to %s', amount, debit, credit), null, null
            from (select * from transfer where job = :job and kind = 'reserve'
                  union all select * from transfer where job = :job and kind in ('charge', 'release')
                  union all select * from transfer where job = :job and kind = 'return'
                  union all select * from transfer where job = :job and kind = 'refund') each_by_its_index
          union all
          select assigned_at, 2, case when is_hedge then 'leased besides' else 'leased' end, worker,
                 format('attempt %s in %s for %s on %s', attempt, region, price, profile), null, null
            from assignment where job = :job
          union all
          select z.at, 3, z.reason, a.worker, format('attempt %s: %s', z.attempt, z.because), null, null
            from assignment_end z join assignment a on a.job = z.job and a.attempt = z.attempt
           where z.job = :job and z.reason <> 'attested'
          union all
          select received_at, 4, 'attested', worker,
                 format('attempt %s, signed by %s, in epoch %s', attempt, session_key, epoch), null, null
            from attestation where job = :job
          union all
          select at, 5, 'ended', coalesce(worker, ''), concat_ws(': ', outcome, nullif(because, '')), null, null
            from job_end where job = :job
          union all
          select e.at, 6, 'sealed', '', format('epoch %s, audited at a rate of %s of 10000', l.epoch, l.audit_rate),
                 null, null
            from sealed_leaf l join sealed_epoch e on e.number = l.epoch where l.job = :job
          union all
          select s.at, 8, 'seal on chain', '', format('drawn from block %s on', s.draw_block), s.transaction, s.block_number
            from sealed_leaf l join chain_seal s on s.epoch = l.epoch where l.job = :job
          union all
          select d.at, 9, 'drawn', '', format('beacon 0x%s', encode(d.beacon, 'hex')), d.transaction, d.block_number
            from sealed_leaf l join chain_draw d on d.epoch = l.epoch where l.job = :job
          union all
          select u.starts_at, 10, 'audited', '', format('%s, round %s', u.stage, u.round), null, null
            from audit u where u.job = :job
          union all
          select to_timestamp(t.issued_at), 11, 'verdict signed', t.verifier,
                 format('round %s: %s', t.round, coalesce(t.finding, 'as the committee')), null, null
            from audit_seat t where t.audit = :job and t.issued_at is not null
          union all
          select at, 13, outcome, '', reason, null, null from check_end where job = :job
          union all
          select s.at, 14, 'settled', s.worker, format('%s, of which %s to the worker', s.price, s.earned),
                 p.transaction, p.block_number
            from settled_job s join job j on j.id = s.job left join settlement_proof p on p.signed_job = j.signed_id
           where s.job = :job
          union all
          select received_at, 4, 'contradicted itself', '', format('attempt %s: a second signature', attempt), null, null
            from contradiction where job = :job
          union all
          select received_at, 4, 'streamed something else', '', format('attempt %s: refused', attempt), null, null
            from divergence where job = :job
          union all
          select at, 3, 'cancelled', '', 'by its requester while it was executed', null, null
            from cancellation where job = :job
      ) steps order by greatest(at, (select posted_at from job where id = :job)), place
      """;

  private final JdbcClient jdbc;

  AdminJobsController(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * A job, without what was asked and answered.
   *
   * @param status {@code open}, {@code executing}, or how it ended
   * @param checked {@code cleared} or {@code rejected}; null while its check is not over
   */
  record AdminJobBody(
      JobId id,
      String status,
      WalletAddress requester,
      Digest model,
      String kind,
      String tier,
      String verification,
      Instant postedAt,
      Instant deadline,
      @Nullable WalletAddress worker,
      @Nullable TokenAmount price,
      @Nullable Instant endedAt,
      @Nullable String because,
      @Nullable String checked,
      @Nullable Instant settledAt) {}

  /**
   * One thing that happened to a job.
   *
   * @param who did it; empty for the market itself
   * @param transaction by which it stands on chain; null for what does not
   */
  record StepBody(
      Instant at,
      String step,
      String who,
      String what,
      @Nullable Digest transaction,
      @Nullable Long block) {}

  /** A job and all that happened to it, in its order. */
  record AdminJobDetail(AdminJobBody job, List<StepBody> timeline) {}

  /**
   * Jobs of all requesters, the newest first.
   *
   * @param after the id of the last job of the page before
   * @param requester only of this wallet
   * @param open {@code true} for those without an end only
   */
  @GetMapping("/api/admin/jobs")
  Page<AdminJobBody> jobs(
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(required = false) @Nullable String requester,
      @RequestParam(defaultValue = "false") boolean open,
      @RequestParam(defaultValue = PageSize.DEFAULT) PageSize limit) {
    UUID below = Page.after(after, JobId::parse).map(JobId::uuid).orElse(new UUID(-1, -1));
    // Open jobs may be the oldest of all: they are found in their own table, not among all others.
    String found =
        open
            ? " where j.id in (select job from open_job where job < :below"
                + (requester == null ? "" : " and requester = :requester")
                + " order by job desc limit :limit)"
            : " where j.id < :below" + (requester == null ? "" : " and j.requester = :requester");
    var statement =
        jdbc.sql(SUMMARY + found + " order by j.id desc limit :limit")
            .param("below", below)
            .param("limit", limit.andOneMore());
    if (requester != null) {
      statement.param("requester", wallet(requester));
    }
    return Page.of(statement.query(AdminJobsController::job).list(), limit);
  }

  private static String wallet(String requester) {
    try {
      return new WalletAddress(requester).hex();
    } catch (IllegalArgumentException e) {
      throw new Problem(
          ProblemType.INVALID_PARAMETER, "requester is a wallet, 0x and 40 hexadecimal digits.");
    }
  }

  /**
   * A job's life through all processes: posted, held, leased, attested, sealed, drawn, checked and
   * settled, with the transactions of what stands on chain.
   */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/api/admin/jobs/{job}")
  AdminJobDetail job(@PathVariable(name = "job") String id) {
    UUID job = uuid(id);
    AdminJobBody body =
        jdbc.sql(SUMMARY + " where j.id = :job")
            .param("job", job)
            .query(AdminJobsController::job)
            .optional()
            .orElseThrow(AdminJobsController::unknown);
    List<StepBody> timeline =
        jdbc.sql(TIMELINE).param("job", job).query(AdminJobsController::step).list();
    return new AdminJobDetail(body, timeline);
  }

  private static UUID uuid(String id) {
    try {
      return JobId.parse(id).uuid();
    } catch (IllegalArgumentException e) {
      throw unknown();
    }
  }

  private static Problem unknown() {
    return new Problem(ProblemType.NOT_FOUND, "There is no job of this id.");
  }

  private static AdminJobBody job(ResultSet row, int index) throws SQLException {
    String outcome = row.getString("outcome");
    String pending = row.getBoolean("executing") ? "executing" : "open";
    String worker = row.getString("worker");
    String price = row.getString("price");
    return new AdminJobBody(
        new JobId(row.getObject("id", UUID.class)),
        outcome == null ? pending : outcome,
        new WalletAddress(row.getString("requester")),
        Digest.of(row.getBytes("model_digest")),
        row.getString("kind"),
        row.getString("tier"),
        row.getString("verification"),
        row.getTimestamp("posted_at").toInstant(),
        row.getTimestamp("deadline").toInstant(),
        worker == null ? null : new WalletAddress(worker),
        price == null ? null : TokenAmount.parse(price),
        Columns.time(row, "ended_at"),
        row.getString("because"),
        row.getString("checked"),
        Columns.time(row, "settled_at"));
  }

  private static StepBody step(ResultSet row, int index) throws SQLException {
    return new StepBody(
        row.getTimestamp("at").toInstant(),
        row.getString("step"),
        row.getString("who"),
        row.getString("what"),
        Columns.digest(row, "transaction"),
        (Long) row.getObject("block"));
  }
}
