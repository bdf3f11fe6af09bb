package dev.assay.settlement.batch;

import dev.assay.protocol.Digest;
import dev.assay.protocol.admin.PaymentsReport.Paid;
import dev.assay.settlement.platform.Rows;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** What was paid by which transaction and what waits, for people to see. */
@Component
public class BatchHistory {
  private final JdbcClient jdbc;

  BatchHistory(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Jobs that are cleared and in no batch.
   *
   * @param amount their prices in sum
   * @param since when the oldest was cleared
   */
  public record Waiting(long jobs, BigInteger amount, Optional<Instant> since) {}

  public Waiting waiting() {
    return jdbc.sql(
            """
            select count(*) as jobs, coalesce(sum(price), 0)::text as amount, min(cleared_at) as since
              from cleared_job where batch is null\
            """)
        .query((row, _) ->
            new Waiting(
                row.getLong("jobs"),
                new BigInteger(row.getString("amount")),
                Rows.maybeInstant(row, "since")))
        .single();
  }

  /** Closed and not settled on chain. */
  public long open() {
    return jdbc.sql("select count(*) from batch where state = 'CLOSED'").query(Long.class).single();
  }

  /** The newest first. */
  public List<Paid> latest(int most) {
    return jdbc.sql(
            """
            select seq, head, jobs, taken::text, given::text, state, closed_at, transaction, block
              from batch order by seq desc limit :most\
            """)
        .param("most", most)
        .query((row, _) ->
            new Paid(
                row.getLong("seq"),
                Digest.parse(row.getString("head")),
                row.getInt("jobs"),
                Rows.amount(row, "taken"),
                Rows.amount(row, "given"),
                row.getString("state"),
                Rows.instant(row, "closed_at"),
                Rows.maybeText(row, "transaction").map(Digest::parse).orElse(null),
                (Long) row.getObject("block")))
        .list();
  }
}
