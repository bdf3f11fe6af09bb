package dev.assay.settlement.batch;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.settlement.intake.Refused;
import dev.assay.settlement.platform.Rows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Results to be paid. A job has one row for ever, so nothing pays it twice. */
@Component
class ClearedJobs {
  private static final String COLUMNS =
      "job, attempt, requester, worker, price::text, earned::text, attestation, traceparent,"
          + " cleared_at";

  private final JdbcClient jdbc;

  ClearedJobs(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * @throws Refused if another result of the job is paid
   */
  void add(ClearedJob job, long epoch, boolean isSelected) {
    int isNew =
        jdbc.sql(
                """
                insert into cleared_job (job, attempt, requester, worker, price, earned, attestation,
                                         epoch, selected, traceparent, cleared_at)
                values (:job, :attempt, :requester, :worker, :price::numeric, :earned::numeric,
                        :attestation, :epoch, :selected, :traceparent, :at)
                on conflict (job) do nothing\
                """)
            .param("job", job.job().toString())
            .param("attempt", job.attempt())
            .param("requester", job.requester().hex())
            .param("worker", job.worker().hex())
            .param("price", job.price().toString())
            .param("earned", job.earned().toString())
            .param("attestation", job.attestation().toString())
            .param("epoch", epoch)
            .param("selected", isSelected)
            .param("traceparent", job.traceparent())
            .param("at", Timestamp.from(job.clearedAt()))
            .update();
    if (isNew == 0 && !attestationOf(job.job()).equals(job.attestation().toString())) {
      throw new Refused("Another result of job %s is paid".formatted(job.job()));
    }
  }

  private String attestationOf(Digest job) {
    return jdbc.sql("select attestation from cleared_job where job = :job")
        .param("job", job.toString())
        .query(String.class)
        .single();
  }

  /**
   * In no batch yet and within the requester's purse, the oldest first. What cannot be paid is left
   * out here, because it may wait for ever and must not take the place of what can. An entry costs
   * gas whatever its amount: what a requester's jobs are worth together may be too little as well.
   *
   * <p>What the purse does not hold is charged to the account that the requester has given away, as
   * long as that is nobody else's purse. Not the other way round: the market lets a requester ask
   * for more only when its purse holds all that is unpaid, so what the new owner is charged for was
   * asked for before.
   *
   * @param most of all, and of one requester
   * @param dust a requester's jobs wait as long as they are worth less than this together
   * @param dustUntil unless one was cleared by then
   */
  List<PayableJob> payable(int most, TokenAmount dust, Instant dustUntil) {
    return jdbc.sql(
            """
            with recursive payer (owner) as (
              (select requester from cleared_job where batch is null order by requester limit 1)
              union all
              select (select requester from cleared_job where batch is null and requester > owner
                       order by requester limit 1)
                from payer where owner is not null),
            taken (account, amount) as materialized (
              select account, sum(amount) from batch join batch_entry e on e.batch = seq
               where state = 'CLOSED' and side = 'DEBIT' group by account),
            purse (owner, payer, main, room) as materialized (
              select payer.owner, a.id, is_main, least(balance, authorized - spent) - coalesce(taken.amount, 0)
                from payer join
                  (select owner, id, true from escrow_account a
                    where main and not exists
                          (select from given_account g where g.account = a.id and g.owner <> a.owner)
                   union all
                   select g.owner, id, false from given_account g join escrow_account a on a.id = g.account
                    where g.owner <> a.owner) charged (owner, id, is_main) using (owner)
                join escrow_account a using (id) left join taken on account = a.id),
            due as (
              select job, payer, main, cleared_at from purse cross join lateral
                (select *, sum(price) over () as worth, min(cleared_at) over () as since from
                  (select *, sum(price) over (order by cleared_at, job) as sum from
                    (select job, cleared_at, price from cleared_job
                      where batch is null and requester = owner and price <= room
                      order by cleared_at, job limit :most) oldest) summed
                  where sum <= room) within
               where worth >= :dust::numeric or since <= :dustUntil
               order by cleared_at, job, main desc, payer limit :most),
            first as (
              select distinct on (cleared_at, job) job, payer from due
               order by cleared_at, job, main desc, payer)
            select payer, %s from first join cleared_job using (job) order by cleared_at, job\
            """
                .formatted(COLUMNS))
        .param("most", most)
        .param("dust", dust.toString())
        .param("dustUntil", Timestamp.from(dustUntil))
        .query((row, index) -> new PayableJob(job(row, index), new AccountId(row.getLong("payer"))))
        .list();
  }

  static ClearedJob job(ResultSet row, int index) throws SQLException {
    return new ClearedJob(
        Digest.parse(row.getString("job")),
        row.getLong("attempt"),
        new WalletAddress(row.getString("requester")),
        new WalletAddress(row.getString("worker")),
        Rows.amount(row, "price"),
        Rows.amount(row, "earned"),
        Digest.parse(row.getString("attestation")),
        row.getString("traceparent"),
        Rows.instant(row, "cleared_at"));
  }
}
