package dev.assay.quickstart.bench;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Looks in the database whether a market that is idle now has done what it promises: each job ended
 * once, nobody held a lease that another held too, and the money adds up. Each question counts what
 * is wrong; the answer is zero.
 */
public final class MarketAudit {
  private static final Map<String, String> QUESTIONS = new LinkedHashMap<>();

  static {
    QUESTIONS.put(
        "jobs without an end",
        """
        select count(*) from job j left join job_end e on e.job = j.id where e.job is null
        """);
    QUESTIONS.put("jobs still in the queue", "select count(*) from open_job");
    // A lease's begin is kept in whole seconds: it may be up to one later than it says.
    QUESTIONS.put(
        "leases that began while another of the job was live",
        """
        select count(*) from assignment later
        join assignment earlier on earlier.job = later.job and earlier.attempt < later.attempt
        left join assignment_end e on e.job = earlier.job and e.attempt = earlier.attempt
        where e.at is null or e.at >= later.assigned_at + interval '1 second'
        """);
    QUESTIONS.put(
        "jobs with a gap in their attempts",
        """
        select count(*) from (select job from assignment group by job having max(attempt) <> count(*)) t
        """);
    QUESTIONS.put(
        "leases without an end",
        """
        select count(*) from assignment a left join assignment_end e using (job, attempt) where e.at is null
        """);
    QUESTIONS.put(
        "jobs whose results that count are not one if attested, else none",
        """
        select count(*) from job_end e
        where (select count(*) from attestation t where t.job = e.job) <> (e.outcome = 'attested')::int
           or (select count(*) from assignment_end a where a.job = e.job and a.reason = 'attested')
              <> (e.outcome = 'attested')::int
        """);
    QUESTIONS.put(
        "results of another worker than the lease's",
        """
        select count(*) from attestation t join assignment a using (job, attempt)
        join job_end e on e.job = t.job
        where t.worker <> a.worker or e.worker <> a.worker or e.attempt <> a.attempt
        """);
    QUESTIONS.put(
        "attested jobs without their output",
        """
        select count(*) from job_end e left join blob b on b.digest = e.output_digest
        where e.outcome = 'attested' and b.digest is null
        """);
    QUESTIONS.put(
        "jobs whose money was not held once and let go once",
        """
        select count(*) from job j where
          (select count(*) from transfer t where t.job = j.id and t.kind = 'reserve') <> 1 or
          (select count(*) from transfer t where t.job = j.id and t.kind in ('charge', 'release')) <> 1
        """);
    QUESTIONS.put(
        "jobs that were paid and not done, or done and not paid",
        """
        select count(*) from job_end e where (e.outcome = 'attested') <>
          exists (select from transfer t where t.job = e.job and t.kind = 'charge' and t.amount = e.price)
        """);
    QUESTIONS.put(
        "jobs that gave back more or less than was held",
        """
        select count(*) from (
          select sum(case kind when 'reserve' then amount else -amount end) as left_over
          from transfer where kind in ('reserve', 'charge', 'return', 'release') group by job) t
        where left_over <> 0
        """);
    QUESTIONS.put(
        "purses that do not equal the ledger",
        """
        select count(*) from purse p where p.unsettled <> coalesce((
          select sum(case kind when 'reserve' then amount when 'charge' then 0 else -amount end) from transfer
          where 'reserved:' || p.requester in (debit, credit)), 0) - coalesce((
          select sum(price) from settled_job s
          where s.requester = p.requester and s.position <= p.position), 0)
        """);
    QUESTIONS.put(
        "workers whose earnings do not equal the ledger",
        """
        select count(*) from earning w where w.pending <> coalesce((
          select sum(case when credit = 'pending:' || w.worker then amount else -amount end) from transfer
          where 'pending:' || w.worker in (debit, credit)), 0)
        """);
    QUESTIONS.put(
        "atomic units that came from nowhere",
        """
        select coalesce(sum(amount), 0) from (
          select credit as account, amount from transfer union all select debit, -amount from transfer) t
        """);
  }

  private MarketAudit() {}

  /** How much is wrong, by question. */
  public static Map<String, Long> of(Connection connection) throws SQLException {
    Map<String, Long> wrong = new LinkedHashMap<>();
    for (var question : QUESTIONS.entrySet()) {
      wrong.put(question.getKey(), count(connection, question.getValue()));
    }
    return wrong;
  }

  public static long count(Connection connection, String query) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute("set search_path = marketplace");
      try (var rows = statement.executeQuery(query)) {
        rows.next();
        return rows.getLong(1);
      }
    }
  }
}
