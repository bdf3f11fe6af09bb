package dev.assay.marketplace.audit;

import dev.assay.marketplace.audit.Seals.LeafRow;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.Signature;
import dev.assay.protocol.VerifierEntry;
import dev.assay.protocol.WalletAddress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Audits and their verifiers as rows. */
@Repository
class Audits {
  /**
   * Draws of one verifier are numbered from here; below are committees, as the Court counts them.
   */
  static final int SPOT = 128;

  private final JdbcClient jdbc;
  private final AuditSettings settings;
  private final Clock clock;
  private final RandomGenerator chance;

  Audits(JdbcClient jdbc, AuditSettings settings, Clock clock, RandomGenerator chance) {
    this.jdbc = jdbc;
    this.settings = settings;
    this.clock = clock;
    this.chance = chance;
  }

  /** A leaf that the beacon selected. */
  record Drawn(long epoch, long rank, LeafRow row) {}

  /** Where an audit is. */
  enum Stage {
    /** It wants a verifier. */
    DRAWN,
    /** One verifier executes. */
    CHECKING,
    /** A committee executes. */
    COMMITTEE,
    /** A committee found it invalid and signs. */
    VERDICT,
    OVER;

    boolean isExecuting() {
      return this == CHECKING || this == COMMITTEE;
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * An audit as it is now.
   *
   * @param round of the draw of verifiers
   * @param deadline after that nothing is waited for any more
   * @param reference whose output a committee's votes name; with {@link Stage#VERDICT} only
   */
  record Audit(
      JobId job,
      int attempt,
      long epoch,
      long rank,
      Stage stage,
      int round,
      Instant deadline,
      Optional<JobId> reference) {

    Audit at(Stage next, int nextRound) {
      return new Audit(job, attempt, epoch, rank, next, nextRound, deadline, Optional.empty());
    }

    /** With more time, if there is less left. */
    Audit until(Instant later) {
      return later.isAfter(deadline)
          ? new Audit(job, attempt, epoch, rank, stage, round, later, reference)
          : this;
    }

    Audit voting(JobId on, Instant until) {
      return new Audit(job, attempt, epoch, rank, Stage.VERDICT, round, until, Optional.of(on));
    }
  }

  /**
   * A verifier's place in an audit.
   *
   * @param work the job by which it executes
   * @param lost whether it could not be asked
   * @param finding what a member of a committee found, once the answers are compared
   * @param vote its signature over the verdict, and when it was made
   */
  record Seat(
      JobId audit,
      int round,
      WalletAddress verifier,
      int position,
      JobId work,
      boolean lost,
      Optional<Outcome> finding,
      Optional<Vote> vote) {}

  /** A verifier's signature. */
  record Vote(long issuedAt, Signature signature) {}

  /** Within the caller's transaction. */
  void open(List<Drawn> drawn) {
    if (drawn.isEmpty()) {
      return;
    }
    Instant now = clock.instant();
    Instant deadline = now.plus(settings.patience());
    jdbc.sql(
            """
            insert into audit (job, attempt, epoch, rank, stage, round, starts_at, deadline)
            select a.job, a.attempt, a.epoch, a.rank, 'drawn', :round, a.starts_at, :deadline::timestamptz
            from unnest(:jobs::uuid[], :attempts::int[], :epochs::bigint[], :ranks::bigint[], :starts::timestamptz[])
                 as a (job, attempt, epoch, rank, starts_at)
            on conflict do nothing
            """)
        .param("starts", SqlArrays.texts(drawn, _ -> now.plusMillis(spread())))
        .param("round", SPOT)
        .param("deadline", deadline.toString())
        .param("jobs", SqlArrays.texts(drawn, one -> one.row().job().uuid()))
        .param("attempts", SqlArrays.texts(drawn, one -> one.row().attempt()))
        .param("epochs", SqlArrays.texts(drawn, Drawn::epoch))
        .param("ranks", SqlArrays.texts(drawn, Drawn::rank))
        .update();
  }

  private long spread() {
    return chance.nextLong(Math.max(1, settings.spread().toMillis()));
  }

  /**
   * Those that have started and are not over, by job.
   *
   * @param after the last of the page before; null for the first
   */
  List<JobId> open(@Nullable JobId after, int limit) {
    return jdbc.sql(
            """
            select job from audit where stage <> 'over' and starts_at <= :now and (:after::uuid is null or job > :after::uuid)
            order by job limit :limit
            """)
        .param("now", clock.instant().atOffset(ZoneOffset.UTC))
        .param("after", after == null ? null : after.uuid().toString())
        .param("limit", limit)
        .query((row, _) -> new JobId(row.getObject("job", UUID.class)))
        .list();
  }

  /** Of those that are not over. */
  Optional<Instant> earliestStart() {
    return jdbc.sql("select min(starts_at) as earliest from audit where stage <> 'over'")
        .query(
            (row, _) -> Optional.ofNullable(row.getTimestamp("earliest")).map(Timestamp::toInstant))
        .single();
  }

  /** Locks it until the end of the caller's transaction; none if it is over. */
  Optional<Audit> lock(JobId job) {
    return jdbc.sql("select * from audit where job = :job and stage <> 'over' for update")
        .param("job", job.uuid())
        .query((row, _) -> read(row))
        .optional();
  }

  Optional<Audit> find(JobId job) {
    return jdbc.sql("select * from audit where job = :job")
        .param("job", job.uuid())
        .query((row, _) -> read(row))
        .optional();
  }

  void update(Audit audit) {
    jdbc.sql(
            """
            update audit set stage = :stage, round = :round, deadline = :deadline::timestamptz, reference = :reference
            where job = :job
            """)
        .param("stage", audit.stage().label())
        .param("round", audit.round())
        .param("deadline", audit.deadline().toString())
        .param("reference", audit.reference().map(JobId::uuid).orElse(null))
        .param("job", audit.job().uuid())
        .update();
  }

  void add(List<Seat> seats) {
    jdbc.sql(
            """
            insert into audit_seat (audit, round, verifier, position, work)
            select * from unnest(:audits::uuid[], :rounds::int[], :verifiers, :positions::int[], :works::uuid[])
            on conflict do nothing
            """)
        .param("audits", SqlArrays.texts(seats, seat -> seat.audit().uuid()))
        .param("rounds", SqlArrays.texts(seats, Seat::round))
        .param("verifiers", SqlArrays.texts(seats, Seat::verifier))
        .param("positions", SqlArrays.texts(seats, Seat::position))
        .param("works", SqlArrays.texts(seats, seat -> seat.work().uuid()))
        .update();
  }

  /** A verifier that could not be asked. */
  void lose(Seat seat) {
    jdbc.sql(
            """
            update audit_seat set lost = true
            where audit = :audit and round = :round and verifier = :verifier
            """)
        .param("audit", seat.audit().uuid())
        .param("round", seat.round())
        .param("verifier", seat.verifier().hex())
        .update();
  }

  /** What the members of a committee have found. */
  void find(List<Seat> seats, List<Outcome> findings) {
    jdbc.sql(
            """
            update audit_seat s set finding = f.finding
            from unnest(:audits::uuid[], :rounds::int[], :verifiers, :findings) as f (audit, round, verifier, finding)
            where s.audit = f.audit and s.round = f.round and s.verifier = f.verifier
            """)
        .param("audits", SqlArrays.texts(seats, seat -> seat.audit().uuid()))
        .param("rounds", SqlArrays.texts(seats, Seat::round))
        .param("verifiers", SqlArrays.texts(seats, Seat::verifier))
        .param(
            "findings",
            SqlArrays.texts(findings, finding -> finding.name().toLowerCase(Locale.ROOT)))
        .update();
  }

  /** All of an audit, of every round. */
  List<Seat> seats(JobId audit) {
    return jdbc.sql("select * from audit_seat where audit = :audit order by round, position")
        .param("audit", audit.uuid())
        .query((row, _) -> readSeat(row))
        .list();
  }

  /**
   * A verifier's seats in committees that are to sign now and where it has not. First those where
   * its own answer says what is to be signed; what is left of the places has some where it says
   * otherwise: who signs those has not looked.
   */
  List<Seat> unsigned(WalletAddress verifier, int limit) {
    return jdbc.sql(
            """
            select s.* from audit_seat s join audit a on a.job = s.audit
            where s.verifier = :verifier and s.signature is null and a.stage = 'verdict' and a.round = s.round
              and s.finding in ('invalid', 'valid')
            order by s.finding = 'invalid' desc, a.deadline limit :limit
            """)
        .param("verifier", verifier.hex())
        .param("limit", limit)
        .query((row, _) -> readSeat(row))
        .list();
  }

  void sign(Seat seat, Vote vote) {
    jdbc.sql(
            """
            update audit_seat set issued_at = :issuedAt, signature = :signature
            where audit = :audit and round = :round and verifier = :verifier and signature is null
            """)
        .param("issuedAt", vote.issuedAt())
        .param("signature", vote.signature().toBytes())
        .param("audit", seat.audit().uuid())
        .param("round", seat.round())
        .param("verifier", seat.verifier().hex())
        .update();
  }

  /**
   * The entries of a verifier set that sit on a committee, by the order of its seats: own first.
   */
  List<VerifierEntry> entries(Digest root, Digest profile, Beacon.Committee committee) {
    List<VerifierEntry> found =
        jdbc.sql(
                """
                select * from verifier_entry where root = :root
                  and (index = any(:general::bigint[]) or profile = :profile and rank = any(:own::bigint[]))
                """)
            .param("root", root.toBytes())
            .param("general", SqlArrays.texts(committee.general(), index -> index))
            .param("profile", profile.toBytes())
            .param("own", SqlArrays.texts(committee.own(), rank -> rank))
            .query((row, _) -> Seals.readEntry(row))
            .list();
    return found.stream()
        .sorted(Comparator.comparingInt(entry -> place(entry, profile, committee)))
        .toList();
  }

  private static int place(VerifierEntry entry, Digest profile, Beacon.Committee committee) {
    int own = entry.profileDigest().equals(profile) ? committee.own().indexOf(entry.rank()) : -1;
    return own >= 0 ? own : committee.own().size() + committee.general().indexOf(entry.index());
  }

  /** How many entries of a verifier set have a profile. */
  long ofProfile(Digest root, Digest profile) {
    return jdbc.sql(
            "select of_profile from verifier_entry where root = :root and profile = :profile limit"
                + " 1")
        .param("root", root.toBytes())
        .param("profile", profile.toBytes())
        .query(Long.class)
        .optional()
        .orElse(0L);
  }

  private static Audit read(ResultSet row) throws SQLException {
    return new Audit(
        new JobId(row.getObject("job", UUID.class)),
        row.getInt("attempt"),
        row.getLong("epoch"),
        row.getLong("rank"),
        Stage.valueOf(row.getString("stage").toUpperCase(Locale.ROOT)),
        row.getInt("round"),
        row.getObject("deadline", OffsetDateTime.class).toInstant(),
        Optional.ofNullable(row.getObject("reference", UUID.class)).map(JobId::new));
  }

  private static Seat readSeat(ResultSet row) throws SQLException {
    byte[] signature = row.getBytes("signature");
    return new Seat(
        new JobId(row.getObject("audit", UUID.class)),
        row.getInt("round"),
        new WalletAddress(row.getString("verifier")),
        row.getInt("position"),
        new JobId(row.getObject("work", UUID.class)),
        row.getBoolean("lost"),
        Optional.ofNullable(row.getString("finding"))
            .map(finding -> Outcome.valueOf(finding.toUpperCase(Locale.ROOT))),
        signature == null
            ? Optional.empty()
            : Optional.of(new Vote(row.getLong("issued_at"), Signature.of(signature))));
  }
}
