package dev.assay.marketplace.audit;

import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.JobId;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Ends of checks as rows: facts, each inserted once. */
@Repository
class CheckEnds {
  private final JdbcClient jdbc;

  CheckEnds(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Within the caller's transaction.
   *
   * @return those jobs whose check had no end before
   */
  Set<JobId> insert(List<CheckEnd> ends) {
    return new HashSet<>(
        jdbc.sql(
                """
                insert into check_end (job, attempt, outcome, reason, at)
                select * from unnest(:jobs::uuid[], :attempts::int[], :outcomes, :reasons, :at::timestamptz[])
                on conflict do nothing returning job
                """)
            .param("jobs", SqlArrays.texts(ends, end -> end.job().uuid()))
            .param("attempts", SqlArrays.texts(ends, CheckEnd::attempt))
            .param("outcomes", SqlArrays.texts(ends, CheckEnd::outcome))
            .param("reasons", SqlArrays.texts(ends, end -> end.reason().label()))
            .param("at", SqlArrays.texts(ends, CheckEnd::at))
            .query((row, _) -> new JobId(row.getObject("job", UUID.class)))
            .list());
  }

  Optional<CheckEnd> find(JobId job) {
    return jdbc.sql("select * from check_end where job = :job")
        .param("job", job.uuid())
        .query((row, _) ->
            new CheckEnd(
                job,
                row.getInt("attempt"),
                CheckEnd.Reason.parse(row.getString("reason")),
                row.getObject("at", OffsetDateTime.class).toInstant()))
        .optional();
  }
}
