package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.offer.Offer;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.UnitPrice;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * Attempts and their ends as rows. Everything that writes takes many, in its caller's transaction.
 */
@Repository
class Assignments {
  private final JdbcClient jdbc;

  Assignments(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Names a row. */
  record Key(JobId job, int attempt) {}

  /**
   * An attempt as it was given.
   *
   * @param modelDigest not stored here: the job's
   */
  record AssignmentRow(
      Key key,
      WalletAddress worker,
      ProfileClass profile,
      String region,
      UnitPrice inputPrice,
      UnitPrice outputPrice,
      TokenAmount price,
      int concurrency,
      Digest digest,
      long epoch,
      Instant assignedAt,
      Instant deadline,
      Optional<AttemptEnd> end) {

    Offer offer(Digest modelDigest) {
      return new Offer(worker, modelDigest, profile, inputPrice, outputPrice, concurrency, region);
    }
  }

  /**
   * @return those that are now leases; of the others, somebody else has the attempt
   */
  Set<Key> insert(List<LiveLease> leases) {
    List<Key> inserted =
        jdbc.sql(
                """
                insert into assignment (job, attempt, signed_job, worker, profile, region, input_price, output_price,
                                        price, concurrency, digest, epoch, assigned_at, deadline)
                select * from unnest(:jobs::uuid[], :attempts::int[], :signed, :workers, :profiles, :regions,
                                     :inputs::numeric[], :outputs::numeric[], :prices::numeric[],
                                     :concurrency::int[], :digests, :epochs::bigint[],
                                     :assignedAt::timestamptz[], :deadlines::timestamptz[])
                on conflict do nothing
                returning job, attempt
                """)
            .param("jobs", SqlArrays.texts(leases, lease -> lease.job().id().uuid()))
            .param("attempts", SqlArrays.texts(leases, LiveLease::attempt))
            .param("signed", SqlArrays.digests(leases, lease -> lease.job().signedId()))
            .param("workers", SqlArrays.texts(leases, LiveLease::worker))
            .param("profiles", SqlArrays.texts(leases, lease -> lease.profile().label()))
            .param("regions", SqlArrays.texts(leases, lease -> lease.proposal().offer().region()))
            .param(
                "inputs",
                SqlArrays.texts(
                    leases, lease -> lease.proposal().offer().inputPrice().perMillion()))
            .param(
                "outputs",
                SqlArrays.texts(
                    leases, lease -> lease.proposal().offer().outputPrice().perMillion()))
            .param("prices", SqlArrays.texts(leases, lease -> lease.proposal().price()))
            .param(
                "concurrency",
                SqlArrays.texts(leases, lease -> lease.proposal().offer().concurrency()))
            .param("digests", SqlArrays.digests(leases, LiveLease::digest))
            .param("epochs", SqlArrays.texts(leases, LiveLease::epoch))
            .param("assignedAt", SqlArrays.texts(leases, LiveLease::began))
            .param("deadlines", SqlArrays.texts(leases, LiveLease::deadline))
            .query((row, _) -> key(row))
            .list();
    return new HashSet<>(inserted);
  }

  /**
   * @return those attempts that had no end before
   */
  Set<Key> end(List<AttemptEnd> ends) {
    List<Key> ended =
        jdbc.sql(
                """
                insert into assignment_end (job, attempt, reason, because, at)
                select * from unnest(:jobs::uuid[], :attempts::int[], :reasons, :because, :at::timestamptz[])
                on conflict do nothing
                returning job, attempt
                """)
            .param("jobs", SqlArrays.texts(ends, end -> end.job().uuid()))
            .param("attempts", SqlArrays.texts(ends, AttemptEnd::attempt))
            .param("reasons", SqlArrays.texts(ends, end -> end.reason().label()))
            .param("because", SqlArrays.texts(ends, AttemptEnd::because))
            .param("at", SqlArrays.texts(ends, AttemptEnd::at))
            .query((row, _) -> key(row))
            .list();
    return new HashSet<>(ended);
  }

  /** All attempts at these jobs, by job and attempt. */
  List<AssignmentRow> of(Collection<JobId> jobs) {
    return jdbc.sql(SELECT + "where a.job = any(:jobs::uuid[]) order by a.job, a.attempt")
        .param("jobs", SqlArrays.texts(jobs, JobId::uuid))
        .query((row, _) -> read(row))
        .list();
  }

  /** Attempts at jobs without an end that should have ended before {@code moment} and have not. */
  List<AssignmentRow> overdue(Instant moment, int limit) {
    return jdbc.sql(
            SELECT
                + """
                join open_job o on o.job = a.job
                where e.job is null and a.deadline < :moment limit :limit
                """)
        .param("moment", moment.atOffset(ZoneOffset.UTC))
        .param("limit", limit)
        .query((row, _) -> read(row))
        .list();
  }

  private static final String SELECT =
      """
      select a.*, e.reason, e.because, e.at from assignment a
      left join assignment_end e on e.job = a.job and e.attempt = a.attempt
      """;

  private static Key key(ResultSet row) throws SQLException {
    return new Key(new JobId(row.getObject("job", UUID.class)), row.getInt("attempt"));
  }

  private static AssignmentRow read(ResultSet row) throws SQLException {
    Key key = key(row);
    String reason = row.getString("reason");
    return new AssignmentRow(
        key,
        new WalletAddress(row.getString("worker")),
        ProfileClass.parse(row.getString("profile")),
        row.getString("region"),
        new UnitPrice(TokenAmount.parse(row.getString("input_price"))),
        new UnitPrice(TokenAmount.parse(row.getString("output_price"))),
        TokenAmount.parse(row.getString("price")),
        row.getInt("concurrency"),
        Digest.of(row.getBytes("digest")),
        row.getLong("epoch"),
        instant(row, "assigned_at"),
        instant(row, "deadline"),
        reason == null
            ? Optional.empty()
            : Optional.of(
                new AttemptEnd(
                    key.job(),
                    key.attempt(),
                    AttemptEnd.Reason.parse(reason),
                    row.getString("because"),
                    instant(row, "at"))));
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }
}
