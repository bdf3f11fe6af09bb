package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.matching.InHand.Hold;
import dev.assay.marketplace.offer.Offer;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.OneTrip.Answer;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.UnitPrice;
import dev.assay.protocol.wire.AttemptRef;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
      Optional<WalletAddress> sessionKey,
      boolean isHedge,
      Optional<UUID> replica,
      Optional<AttemptEnd> end) {

    Offer offer(Digest modelDigest) {
      return new Offer(worker, modelDigest, profile, inputPrice, outputPrice, concurrency, region);
    }
  }

  /**
   * An attempt is taken only while the job has no end; one after the first only while none is live,
   * or one if it is a hedge, and never once the job is cancelled.
   *
   * @return those that are now leases; of the others, the job has ended or somebody else has the
   *     attempt
   */
  Answer<Key> insert(List<LiveLease> leases, UUID replica, OneTrip trip) {
    return trip.ask(INSERT_IF_FREE, columns(leases, replica), (row, _) -> key(row));
  }

  /** The first attempts at jobs that this transaction has posted: nobody else knows of them. */
  void insertFirst(List<LiveLease> leases, UUID replica, OneTrip trip) {
    trip.add(INSERT, columns(leases, replica));
  }

  private static final String INSERT =
      """
      insert into assignment (job, attempt, signed_job, worker, profile, region, input_price, output_price,
                              price, concurrency, digest, epoch, assigned_at, deadline, session_key,
                              is_hedge, replica)
      select n.*, :replica::uuid
      from (select unnest(:jobs::uuid[]) as job, unnest(:attempts::int[]) as attempt,
                   unnest(:signed) as signed_job, unnest(:workers) as worker, unnest(:profiles) as profile,
                   unnest(:regions) as region, unnest(:inputs::numeric[]) as input_price,
                   unnest(:outputs::numeric[]) as output_price, unnest(:prices::numeric[]) as price,
                   unnest(:concurrency::int[]) as concurrency, unnest(:digests) as digest,
                   unnest(:epochs::bigint[]) as epoch, unnest(:assignedAt::timestamptz[]) as assigned_at,
                   unnest(:deadlines::timestamptz[]) as deadline, unnest(:keys) as session_key,
                   unnest(:hedges::boolean[]) as is_hedge) as n
      """;

  private static final String INSERT_IF_FREE =
      INSERT
          + """
          where (select o.job from open_job o where o.job = n.job) is not null
            and (n.attempt = 1
                 or (select count(*) from assignment a
                     left join assignment_end e on e.job = a.job and e.attempt = a.attempt
                     where a.job = n.job and e.job is null) <= n.is_hedge::int
                 and not exists (select 1 from cancellation c where c.job = n.job))
          on conflict do nothing
          returning job, attempt
          """;

  private static Map<String, Object> columns(List<LiveLease> leases, UUID replica) {
    Map<String, Object> columns = new HashMap<>();
    columns.put("jobs", SqlArrays.texts(leases, lease -> lease.job().id().uuid()));
    columns.put("attempts", SqlArrays.texts(leases, LiveLease::attempt));
    columns.put("signed", SqlArrays.digests(leases, lease -> lease.job().signedId()));
    columns.put("workers", SqlArrays.texts(leases, LiveLease::worker));
    columns.put("profiles", SqlArrays.texts(leases, lease -> lease.profile().label()));
    columns.put("regions", SqlArrays.texts(leases, lease -> lease.proposal().offer().region()));
    columns.put(
        "inputs",
        SqlArrays.texts(leases, lease -> lease.proposal().offer().inputPrice().perMillion()));
    columns.put(
        "outputs",
        SqlArrays.texts(leases, lease -> lease.proposal().offer().outputPrice().perMillion()));
    columns.put("prices", SqlArrays.texts(leases, lease -> lease.proposal().price()));
    columns.put(
        "concurrency", SqlArrays.texts(leases, lease -> lease.proposal().offer().concurrency()));
    columns.put("digests", SqlArrays.digests(leases, LiveLease::digest));
    columns.put("epochs", SqlArrays.texts(leases, LiveLease::epoch));
    columns.put("assignedAt", SqlArrays.texts(leases, LiveLease::assignedAt));
    columns.put("deadlines", SqlArrays.texts(leases, LiveLease::deadline));
    columns.put("keys", SqlArrays.texts(leases, lease -> lease.sessionKey().orElse(null)));
    columns.put("hedges", SqlArrays.texts(leases, lease -> lease.proposal().open().isHedge()));
    columns.put("replica", replica);
    return columns;
  }

  /**
   * @return those attempts that had no end before
   */
  Answer<Key> end(List<AttemptEnd> ends, OneTrip trip) {
    return trip.ask(
        """
        insert into assignment_end (job, attempt, reason, because, at)
        select unnest(:jobs::uuid[]), unnest(:attempts::int[]), unnest(:reasons), unnest(:because),
               unnest(:at::timestamptz[])
        on conflict do nothing
        returning job, attempt
        """,
        Map.of(
            "jobs", SqlArrays.texts(ends, end -> end.job().uuid()),
            "attempts", SqlArrays.texts(ends, AttemptEnd::attempt),
            "reasons", SqlArrays.texts(ends, end -> end.reason().label()),
            "because", SqlArrays.texts(ends, AttemptEnd::because),
            "at", SqlArrays.texts(ends, AttemptEnd::at)),
        (row, _) -> key(row));
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

  /** Live ones at jobs without an end, by what workers call them. */
  List<AssignmentRow> live(Collection<AttemptRef> refs) {
    List<AttemptRef> named = List.copyOf(refs);
    return jdbc.sql(
            SELECT
                + """
                join job on job.id = a.job
                join unnest(:jobs, :attempts::int[]) as named (job, attempt)
                  on named.job = job.signed_id and named.attempt = a.attempt
                join open_job o on o.job = a.job
                where e.job is null
                """)
        .param("jobs", SqlArrays.digests(named, AttemptRef::jobId))
        .param(
            "attempts",
            // No attempt has so high a number, and none below; the column is an integer.
            SqlArrays.texts(
                named, ref -> Math.clamp(ref.attempt(), Integer.MIN_VALUE, Integer.MAX_VALUE)))
        .query((row, _) -> read(row))
        .list();
  }

  /** Live ones that were given by other replicas than {@code replica}, newest first. */
  List<LiveRow> liveElsewhere(UUID replica, int limit) {
    return jdbc.sql(
            """
            select a.job, a.attempt, a.signed_job, a.worker, a.price, a.deadline, j.model_digest
            from open_job o join assignment a on a.job = o.job join job j on j.id = o.job
            left join assignment_end e on e.job = a.job and e.attempt = a.attempt
            where e.job is null and a.replica is distinct from :replica
            order by a.assigned_at desc limit :limit
            """)
        .param("replica", replica)
        .param("limit", limit)
        .query((row, _) ->
            new LiveRow(
                new Hold(
                    new JobId(row.getObject("job", UUID.class)),
                    new AttemptRef(Digest.of(row.getBytes("signed_job")), row.getInt("attempt")),
                    new WalletAddress(row.getString("worker"))),
                Digest.of(row.getBytes("model_digest")),
                TokenAmount.parse(row.getString("price")),
                instant(row, "deadline")))
        .list();
  }

  /** As much of a live attempt as other replicas need to know. */
  record LiveRow(Hold hold, Digest model, TokenAmount price, Instant deadline) {}

  /**
   * Jobs that {@code replica} sees to and whose live attempt was given by none of {@code alive}.
   */
  List<JobId> withOrphanedAttempts(
      UUID replica, Collection<UUID> alive, Optional<JobId> after, int limit) {
    return jdbc.sql(
            """
            select distinct o.job from open_job o join assignment a on a.job = o.job
            left join assignment_end e on e.job = a.job and e.attempt = a.attempt
            where o.replica = :replica and e.job is null
              and (a.replica is null or a.replica <> all(:alive::uuid[]))
              and (:after::uuid is null or o.job > :after::uuid)
            order by o.job limit :limit
            """)
        .param("replica", replica)
        .param("after", after.map(id -> id.uuid().toString()).orElse(null))
        .param("alive", SqlArrays.texts(alive, id -> id))
        .param("limit", limit)
        .query((row, _) -> new JobId(row.getObject("job", UUID.class)))
        .list();
  }

  /** Jobs of a model that other replicas see to and nobody executes, the oldest first. */
  List<WaitingRow> waitingElsewhere(UUID replica, Digest model, Optional<JobId> after, int limit) {
    return jdbc.sql(
            """
            select o.job, not exists (select 1 from assignment a where a.job = o.job) as is_fresh
            from open_job o join job j on j.id = o.job
            where o.replica is distinct from :replica and j.model_digest = :model
              and (:after::uuid is null or o.job > :after::uuid)
              and not exists (
                select 1 from assignment a
                left join assignment_end e on e.job = a.job and e.attempt = a.attempt
                where a.job = o.job and e.job is null)
            order by o.job limit :limit
            """)
        .param("replica", replica)
        .param("model", model.toBytes())
        .param("after", after.map(id -> id.uuid().toString()).orElse(null))
        .param("limit", limit)
        .query((row, _) ->
            new WaitingRow(new JobId(row.getObject("job", UUID.class)), row.getBoolean("is_fresh")))
        .list();
  }

  /**
   * @param isFresh whether no attempt was made at it
   */
  record WaitingRow(JobId job, boolean isFresh) {}

  /** Signs of life of attempts that another replica watches over. */
  void beat(Collection<Key> attempts, Instant lapsesAt) {
    jdbc.sql(
            """
            insert into lease_beat (job, attempt, lapses_at)
            select distinct named.*, :lapsesAt::timestamptz
            from unnest(:jobs::uuid[], :attempts::int[]) as named (job, attempt)
            on conflict (job, attempt) do update set lapses_at = excluded.lapses_at
            """)
        .param("jobs", SqlArrays.texts(attempts, key -> key.job().uuid()))
        .param("attempts", SqlArrays.texts(attempts, Key::attempt))
        .param("lapsesAt", lapsesAt.atOffset(ZoneOffset.UTC))
        .update();
  }

  /** Until when those of {@code attempts} are good that gave a sign of life elsewhere. */
  Map<Key, Instant> beats(Collection<Key> attempts) {
    Map<Key, Instant> beats = new HashMap<>();
    jdbc.sql(
            """
            select b.* from lease_beat b
            join unnest(:jobs::uuid[], :attempts::int[]) as named (job, attempt) using (job, attempt)
            """)
        .param("jobs", SqlArrays.texts(attempts, key -> key.job().uuid()))
        .param("attempts", SqlArrays.texts(attempts, Key::attempt))
        .query(row -> {
          beats.put(key(row), instant(row, "lapses_at"));
        });
    return beats;
  }

  int forgetBeats(Instant before) {
    return jdbc.sql("delete from lease_beat where lapses_at < :before")
        .param("before", before.atOffset(ZoneOffset.UTC))
        .update();
  }

  /** The requester of a job wants no more. */
  void cancel(JobId job, Instant at) {
    jdbc.sql("insert into cancellation (job, at) values (:job, :at) on conflict do nothing")
        .param("job", job.uuid())
        .param("at", at.atOffset(ZoneOffset.UTC))
        .update();
  }

  /** Those of {@code jobs} whose requester wants no more. */
  Set<JobId> cancelled(Collection<JobId> jobs) {
    return new HashSet<>(
        jdbc.sql("select job from cancellation where job = any(:jobs::uuid[])")
            .param("jobs", SqlArrays.texts(jobs, JobId::uuid))
            .query((row, _) -> new JobId(row.getObject("job", UUID.class)))
            .list());
  }

  /** Whether another attempt at the job had a result, and this one was live until then. */
  boolean isSuperseded(AttemptRef ref, WalletAddress worker) {
    return jdbc.sql(
            """
            select coalesce(e.reason = 'superseded', je.attempt <> a.attempt, false)
            from job join assignment a on a.job = job.id
            left join assignment_end e on e.job = a.job and e.attempt = a.attempt
            left join job_end je on je.job = a.job
            where job.signed_id = :job and a.attempt = :attempt and a.worker = :worker
            """)
        .param("job", ref.jobId().toBytes())
        .param("attempt", ref.attempt())
        .param("worker", worker.hex())
        .query(Boolean.class)
        .optional()
        .orElse(false);
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
        Optional.ofNullable(row.getString("session_key")).map(WalletAddress::new),
        row.getBoolean("is_hedge"),
        Optional.ofNullable(row.getObject("replica", UUID.class)),
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
