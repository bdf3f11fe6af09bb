package dev.assay.marketplace.audit;

import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.JobId;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.OffsetDateTime;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** Ends of checks as rows: facts, each inserted once. */
@Repository
class CheckEnds {
  private final JdbcClient jdbc;
  private final Map<CheckEnd.Reason, Counter> ended = new EnumMap<>(CheckEnd.Reason.class);

  CheckEnds(JdbcClient jdbc, MeterRegistry meters) {
    this.jdbc = jdbc;
    for (CheckEnd.Reason reason : CheckEnd.Reason.values()) {
      ended.put(
          reason,
          Counter.builder("market.checks.ended")
              .description("Results whose check has ended, by why they are paid or not")
              .tag("reason", reason.label())
              .register(meters));
    }
  }

  /**
   * Within the caller's transaction.
   *
   * @return those jobs whose check had no end before
   */
  Set<JobId> insert(List<CheckEnd> ends) {
    Set<JobId> inserted =
        new HashSet<>(
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
    TransactionSynchronizationManager.registerSynchronization(
        new TransactionSynchronization() {
          @Override
          public void afterCommit() {
            count(ends.stream().filter(end -> inserted.contains(end.job())).toList());
          }
        });
    return inserted;
  }

  private void count(List<CheckEnd> ends) {
    ends.forEach(end -> Objects.requireNonNull(ended.get(end.reason())).increment());
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
