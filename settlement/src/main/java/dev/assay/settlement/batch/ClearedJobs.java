package dev.assay.settlement.batch;

import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.settlement.intake.Refused;
import dev.assay.settlement.platform.Rows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
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

  /** In no batch yet, the oldest first. */
  List<ClearedJob> waiting(int most) {
    return jdbc.sql(
            """
            select %s from cleared_job where batch is null order by cleared_at, job limit :most\
            """
                .formatted(COLUMNS))
        .param("most", most)
        .query(ClearedJobs::job)
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
