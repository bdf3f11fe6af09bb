package dev.assay.marketplace.job;

import dev.assay.marketplace.identity.KeySpend;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.OneTrip.Answer;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobKind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import tools.jackson.databind.json.JsonMapper;

/**
 * Jobs and their ends as rows. Everything that writes takes many at once, in its caller's
 * transaction.
 */
@Repository
class Jobs {
  /** Before all ids; of no job. */
  static final UUID LEAST = new UUID(0, 0);

  /** Of a requester's jobs, for one by what was asked: that has no index. */
  private static final int LOOKED_THROUGH = 1_000;

  private final JdbcClient jdbc;
  private final JsonMapper json;

  Jobs(JdbcClient jdbc, JsonMapper json) {
    this.jdbc = jdbc;
    this.json = json;
  }

  /**
   * A job and how its post is recognised when it comes again.
   *
   * @param requestKey the caller's {@code Idempotency-Key}; null if it gave none
   * @param requestDigest of everything that was asked for
   */
  record Posted(Job job, @Nullable String requestKey, Digest requestDigest) {
    boolean isSamePostAs(Posted other) {
      return job.requester().equals(other.job.requester())
          && requestDigest.equals(other.requestDigest)
          && (job.id().equals(other.job.id())
              || requestKey != null && requestKey.equals(other.requestKey));
    }
  }

  /** What tells posts apart that name the same job. */
  record PostKey(
      JobId id, WalletAddress requester, @Nullable String requestKey, Digest requestDigest) {
    static PostKey of(Posted posted) {
      return new PostKey(
          posted.job().id(), posted.job().requester(), posted.requestKey(), posted.requestDigest());
    }
  }

  /**
   * @return those that are new; of the others, id or key are taken
   */
  Answer<PostKey> insert(List<Posted> group, OneTrip trip) {
    // In the order of their ids: two groups that share some cannot deadlock. The first of an id
    // stays the first.
    List<Posted> posted =
        group.stream().sorted(Comparator.comparing(one -> one.job().id().uuid())).toList();
    List<Job> jobs = posted.stream().map(Posted::job).toList();
    return trip.ask(
        """
        insert into job (id, signed_id, requester, request_key, request_digest, model_digest, kind,
                         input_digest, spec_digest, method, verification, thresholds, max_price, input_units, output_units,
                         tier, wishes, deadline, posted_at, api_key, traceparent)
        select unnest(:ids::uuid[]), unnest(:signed), unnest(:requesters), unnest(:keys),
               unnest(:requests), unnest(:models), unnest(:kinds), unnest(:inputs), unnest(:specs),
               unnest(:methods::int[]), unnest(:verifications), unnest(:thresholds),
               unnest(:prices::numeric[]), unnest(:inputUnits::bigint[]),
               unnest(:outputUnits::bigint[]), unnest(:tiers), unnest(:wishes),
               unnest(:deadlines::timestamptz[]), unnest(:postedAt::timestamptz[]),
               unnest(:apiKeys::uuid[]), unnest(:traces)
        on conflict do nothing
        returning id, requester, request_key, request_digest
        """,
        Map.ofEntries(
            Map.entry("ids", SqlArrays.texts(jobs, job -> job.id().uuid())),
            Map.entry("signed", SqlArrays.digests(jobs, Job::signedId)),
            Map.entry("requesters", SqlArrays.texts(jobs, Job::requester)),
            Map.entry("keys", SqlArrays.texts(posted, Posted::requestKey)),
            Map.entry("requests", SqlArrays.digests(posted, Posted::requestDigest)),
            Map.entry("models", SqlArrays.digests(jobs, Job::modelDigest)),
            Map.entry("kinds", SqlArrays.texts(jobs, Job::kind)),
            Map.entry("inputs", SqlArrays.digests(jobs, Job::inputDigest)),
            Map.entry("specs", SqlArrays.digests(jobs, Job::specDigest)),
            Map.entry("methods", SqlArrays.texts(jobs, Job::method)),
            Map.entry(
                "verifications",
                SqlArrays.texts(jobs, job -> job.checking().verification().label())),
            Map.entry("thresholds", SqlArrays.digests(jobs, job -> job.checking().thresholds())),
            Map.entry("prices", SqlArrays.texts(jobs, Job::maxPrice)),
            Map.entry("inputUnits", SqlArrays.texts(jobs, Job::inputUnits)),
            Map.entry("outputUnits", SqlArrays.texts(jobs, Job::outputUnits)),
            Map.entry("tiers", SqlArrays.texts(jobs, job -> job.tier().label())),
            Map.entry(
                "wishes", SqlArrays.texts(jobs, job -> json.writeValueAsString(job.wishes()))),
            Map.entry("deadlines", SqlArrays.texts(jobs, Job::deadline)),
            Map.entry("postedAt", SqlArrays.texts(jobs, Job::postedAt)),
            Map.entry("apiKeys", SqlArrays.texts(jobs, job -> job.apiKey().orElse(null))),
            Map.entry("traces", SqlArrays.texts(jobs, Job::traceparent))),
        (row, _) ->
            new PostKey(
                new JobId(row.getObject("id", UUID.class)),
                new WalletAddress(row.getString("requester")),
                row.getString("request_key"),
                digest(row, "request_digest")));
  }

  /** Takes back what was inserted in this transaction. */
  void remove(Collection<JobId> ids, OneTrip trip) {
    trip.add("delete from job where id = any(:ids::uuid[])", Map.of("ids", uuids(ids)));
  }

  /**
   * @param replica that sees to it that they go on
   */
  void open(List<Job> opened, UUID replica, OneTrip trip) {
    trip.add(
        """
        insert into open_job (job, deadline, requester, replica)
        select unnest(:ids::uuid[]), unnest(:deadlines::timestamptz[]), unnest(:requesters), :replica
        """,
        Map.of(
            "ids", SqlArrays.texts(opened, job -> job.id().uuid()),
            "deadlines", SqlArrays.texts(opened, Job::deadline),
            "requesters", SqlArrays.texts(opened, Job::requester),
            "replica", replica));
  }

  /** How many have no end, of each of {@code requesters} that has any; counted to {@code most}. */
  Map<WalletAddress, Long> openOf(Collection<WalletAddress> requesters, long most) {
    Map<WalletAddress, Long> open = new HashMap<>();
    jdbc.sql(
            """
            select asked.requester, count(*) as jobs from unnest(:requesters) as asked (requester)
            cross join lateral (select from open_job where open_job.requester = asked.requester limit :most) o
            group by asked.requester
            """)
        .param("requesters", SqlArrays.texts(requesters, WalletAddress::hex))
        .param("most", most)
        .query(row -> {
          open.put(new WalletAddress(row.getString("requester")), row.getLong("jobs"));
        });
    return open;
  }

  /** Of those {@code signedIds} that are here. */
  Map<Digest, JobId> idsOf(List<Digest> signedIds) {
    Map<Digest, JobId> ids = new HashMap<>();
    jdbc.sql("select id, signed_id from job where signed_id = any(:signed)")
        .param("signed", SqlArrays.digests(signedIds, Function.identity()))
        .query(row -> {
          ids.put(digest(row, "signed_id"), new JobId(row.getObject("id", UUID.class)));
        });
    return ids;
  }

  /** From now on {@code replica} sees to it that they go on. */
  void takeOver(Collection<JobId> ids, UUID replica) {
    jdbc.sql(
            """
            update open_job set replica = :replica
            where job = any(:ids::uuid[]) and replica is distinct from :replica
            """)
        .param("ids", uuids(ids))
        .param("replica", replica)
        .update();
  }

  /**
   * Takes over jobs that none of {@code alive} sees to, at most so many.
   *
   * @return those that are now {@code replica}'s
   */
  List<Job> takeOverOrphans(
      Collection<UUID> alive, UUID replica, Optional<JobId> after, int limit) {
    return jdbc.sql(
            """
            with taken as (
              update open_job set replica = :replica where job in (
                select job from open_job
                where job > :after and (replica is null or replica <> all(:alive::uuid[]))
                order by job limit :limit for update skip locked)
              returning job)
            select job.* from taken join job on job.id = taken.job order by job.id
            """)
        .param("replica", replica)
        .param("alive", SqlArrays.texts(alive, id -> id))
        .param("after", orLeast(after))
        .param("limit", limit)
        .query((row, _) -> read(row))
        .list();
  }

  /**
   * The post that {@code id} or {@code key} of this requester names; with its request's digest. A
   * voice of a quorum was posted by nobody.
   */
  Optional<Posted> findPosted(WalletAddress requester, JobId id, @Nullable String key) {
    return jdbc.sql(
            """
            select * from job where requester = :requester and (id = :id or request_key = :key)
              and not exists (select from quorum_voice v where v.voice = job.id and v.position > 0)
            order by id = :id desc limit 1
            """)
        .param("requester", requester.hex())
        .param("id", id.uuid())
        .param("key", key)
        .query((row, _) ->
            new Posted(read(row), row.getString("request_key"), digest(row, "request_digest")))
        .optional();
  }

  /**
   * The newest of the jobs with this request, among those posted since {@code since}; of more than
   * {@value #LOOKED_THROUGH} among the last ones.
   */
  Optional<Job> lastOf(WalletAddress requester, Digest request, Instant since) {
    // Ids have the time in front.
    return jdbc.sql(
            """
            select * from (
              select * from job where requester = :requester and id >= :from order by id desc limit :most) job
            where request_digest = :request
              and not exists (select from quorum_voice v where v.voice = job.id and v.position > 0)
            order by id desc limit 1
            """)
        .param("most", LOOKED_THROUGH)
        .param("requester", requester.hex())
        .param("from", new UUID(since.toEpochMilli() << 16, 0))
        .param("request", request.toBytes())
        .query((row, _) -> read(row))
        .optional();
  }

  /** A requester's own; another's is as if it were not there. */
  Optional<Job> find(WalletAddress requester, JobId id) {
    return jdbc.sql(
            """
            select * from job where id = :id and requester = :requester
              and not exists (select from quorum_voice v where v.voice = job.id and v.position > 0)
            """)
        .param("id", id.uuid())
        .param("requester", requester.hex())
        .query((row, _) -> read(row))
        .optional();
  }

  List<Job> all(Collection<JobId> ids) {
    return jdbc.sql("select * from job where id = any(:ids::uuid[])")
        .param("ids", uuids(ids))
        .query((row, _) -> read(row))
        .list();
  }

  /** In which traces they were posted; of those alone that were posted in one. */
  /** Of those that were posted with a key and were paid for. */
  List<KeySpend> costs(Collection<JobId> ids) {
    return jdbc.sql(
            """
            select j.api_key, e.price from job_end e join job j on j.id = e.job
            where e.job = any(:ids::uuid[]) and j.api_key is not null and e.price > 0
            """)
        .param("ids", uuids(ids))
        .query((row, _) ->
            new KeySpend(
                row.getObject("api_key", UUID.class), TokenAmount.parse(row.getString("price"))))
        .list();
  }

  Map<JobId, String> traceparents(Collection<JobId> ids) {
    Map<JobId, String> traceparents = new HashMap<>();
    jdbc.sql("select id, traceparent from job where id = any(:ids::uuid[]) and traceparent <> ''")
        .param("ids", uuids(ids))
        .query(row -> {
          traceparents.put(
              new JobId(row.getObject("id", UUID.class)), row.getString("traceparent"));
        });
    return traceparents;
  }

  /** The newest first, from the one before {@code after} on. */
  List<Job> list(WalletAddress requester, @Nullable JobId after, int limit) {
    return jdbc.sql(
            """
            select * from job where requester = :requester and (:after::uuid is null or id < :after::uuid)
              and not exists (select from quorum_voice v where v.voice = job.id and v.position > 0)
            order by id desc limit :limit
            """)
        .param("requester", requester.hex())
        .param("after", after == null ? null : after.uuid().toString())
        .param("limit", limit)
        .query((row, _) -> read(row))
        .list();
  }

  /** Of those that {@code replica} sees to, in order of ids. */
  List<Job> withoutEndAfter(UUID replica, Optional<JobId> after, int limit) {
    return jdbc.sql(
            """
            select job.* from (select job as id from open_job
                               where replica = :replica and job > :after
                               order by job limit :limit) o
            join job on job.id = o.id order by job.id
            """)
        .param("replica", replica)
        .param("after", orLeast(after))
        .param("limit", limit)
        .query((row, _) -> read(row))
        .list();
  }

  /** For none it is no null, so that any plan can begin at the key. */
  private static UUID orLeast(Optional<JobId> after) {
    return after.map(JobId::uuid).orElse(LEAST);
  }

  /** In order of {@code ids}, which have no end; those that have are left out. */
  List<Job> withoutEnd(Collection<JobId> ids) {
    return jdbc.sql(
            """
            select job.* from open_job join job on job.id = open_job.job
            where open_job.job = any(:ids::uuid[]) order by job.id
            """)
        .param("ids", uuids(ids))
        .query((row, _) -> read(row))
        .list();
  }

  List<Job> overdue(Instant now, int limit) {
    return jdbc.sql(
            """
            select job.* from open_job join job on job.id = open_job.job
            where open_job.deadline <= :now order by open_job.deadline limit :limit
            """)
        .param("now", now.atOffset(ZoneOffset.UTC))
        .param("limit", limit)
        .query((row, _) -> read(row))
        .list();
  }

  Optional<Instant> earliestDeadline() {
    return jdbc.sql("select min(deadline) as earliest from open_job")
        .query(
            (row, _) -> Optional.ofNullable(row.getTimestamp("earliest")).map(Timestamp::toInstant))
        .single();
  }

  /**
   * A job that had no end before.
   *
   * @param held for it, of the requester's purse and on the budget of the key that it was posted
   *     with, if it was
   */
  record Ended(JobId job, WalletAddress requester, TokenAmount held, Optional<UUID> apiKey) {}

  /**
   * @return those jobs that had no end before
   */
  Answer<Ended> end(List<JobEnd> ends, OneTrip trip) {
    return trip.ask(
        """
        with ended as (
          insert into job_end (job, outcome, attempt, worker, price, output_digest, because, at,
                               input_units, output_units)
          select unnest(:jobs::uuid[]), unnest(:outcomes), unnest(:attempts::int[]), unnest(:workers),
                 unnest(:prices::numeric[]), unnest(:outputs), unnest(:because), unnest(:at::timestamptz[]),
                 unnest(:inputUnits::bigint[]), unnest(:outputUnits::bigint[])
          on conflict do nothing
          returning job),
        closed as (delete from open_job using ended where open_job.job = ended.job)
        select ended.job, j.requester, j.max_price, j.api_key from ended
        cross join lateral (select requester, max_price, api_key from job where job.id = ended.job limit 1) j
        """,
        Map.ofEntries(
            Map.entry("jobs", SqlArrays.texts(ends, end -> end.job().uuid())),
            Map.entry("outcomes", SqlArrays.texts(ends, JobEnd::outcome)),
            Map.entry("attempts", SqlArrays.texts(ends, ofResult(JobEnd.Attested::attempt))),
            Map.entry("workers", SqlArrays.texts(ends, ofResult(JobEnd.Attested::worker))),
            Map.entry("prices", SqlArrays.texts(ends, ofResult(JobEnd.Attested::price))),
            Map.entry(
                "outputs",
                SqlArrays.bytes(
                    ends, ofResult((JobEnd.Attested end) -> end.outputDigest().toBytes()))),
            Map.entry("because", SqlArrays.texts(ends, JobEnd::because)),
            Map.entry("at", SqlArrays.texts(ends, JobEnd::at)),
            Map.entry("inputUnits", SqlArrays.texts(ends, ofUsage(JobEnd.Usage::inputUnits))),
            Map.entry("outputUnits", SqlArrays.texts(ends, ofUsage(JobEnd.Usage::outputUnits)))),
        (row, _) -> ended(row));
  }

  private static Ended ended(ResultSet row) throws SQLException {
    return new Ended(
        new JobId(row.getObject("job", UUID.class)),
        new WalletAddress(row.getString("requester")),
        TokenAmount.parse(row.getString("max_price")),
        Optional.ofNullable(row.getObject("api_key", UUID.class)));
  }

  private static <V> Function<JobEnd, @Nullable V> ofResult(Function<JobEnd.Attested, V> column) {
    return end -> end instanceof JobEnd.Attested attested ? column.apply(attested) : null;
  }

  private static Function<JobEnd, @Nullable Long> ofUsage(Function<JobEnd.Usage, Long> column) {
    return end ->
        end instanceof JobEnd.Attested attested ? attested.usage().map(column).orElse(null) : null;
  }

  /** How jobs ended, as far as they have. */
  List<JobEnd> ends(Collection<JobId> ids) {
    return jdbc.sql("select * from job_end where job = any(:ids::uuid[])")
        .param("ids", uuids(ids))
        .query((row, _) -> readEnd(row))
        .list();
  }

  private static JobEnd readEnd(ResultSet row) throws SQLException {
    Long inputUnits = row.getObject("input_units", Long.class);
    Long outputUnits = row.getObject("output_units", Long.class);
    Optional<JobEnd.Usage> usage =
        inputUnits == null || outputUnits == null
            ? Optional.empty()
            : Optional.of(new JobEnd.Usage(inputUnits, outputUnits));
    var job = new JobId(row.getObject("job", UUID.class));
    Instant at = instant(row, "at");
    String outcome = row.getString("outcome");
    return switch (outcome) {
      case "attested" ->
          new JobEnd.Attested(
              job,
              at,
              row.getInt("attempt"),
              new WalletAddress(row.getString("worker")),
              TokenAmount.parse(row.getString("price")),
              digest(row, "output_digest"),
              usage);
      case "cancelled" -> new JobEnd.Cancelled(job, at);
      case "expired" -> new JobEnd.Expired(job, at);
      case "unserved" -> new JobEnd.Unserved(job, at, row.getString("because"));
      default -> throw new IllegalStateException("%s ended '%s'".formatted(job, outcome));
    };
  }

  private static @Nullable String[] uuids(Collection<JobId> ids) {
    return SqlArrays.texts(ids, JobId::uuid);
  }

  private Job read(ResultSet row) throws SQLException {
    return new Job(
        new JobId(row.getObject("id", UUID.class)),
        digest(row, "signed_id"),
        new WalletAddress(row.getString("requester")),
        digest(row, "model_digest"),
        JobKind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
        digest(row, "input_digest"),
        digest(row, "spec_digest"),
        new Checking(
            row.getInt("method"),
            Verification.parse(row.getString("verification")),
            digest(row, "thresholds")),
        TokenAmount.parse(row.getString("max_price")),
        row.getLong("input_units"),
        row.getLong("output_units"),
        Tier.parse(row.getString("tier")),
        json.readValue(row.getString("wishes"), Wishes.class),
        instant(row, "deadline"),
        instant(row, "posted_at"),
        Optional.ofNullable(row.getObject("api_key", UUID.class)),
        row.getString("traceparent"));
  }

  private static Digest digest(ResultSet row, String column) throws SQLException {
    return Digest.of(row.getBytes(column));
  }

  private static Instant instant(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }
}
