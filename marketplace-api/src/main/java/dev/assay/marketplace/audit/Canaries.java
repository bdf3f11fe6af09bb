package dev.assay.marketplace.audit;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.CanaryLeaf;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.Quarantine;
import dev.assay.protocol.content.ProfileClass;
import java.nio.ByteBuffer;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Canaries as rows: proposed, known, committed to, given to a worker, graded. */
@Repository
class Canaries {
  /** Those that are not given to anybody yet; more are not wanted. */
  private static final int STOCK = 1_000;

  /**
   * How far back disagreements of reference nodes count, and audits of which canaries are a part.
   */
  private static final Duration OF_LATE = Duration.ofHours(24);

  private static final String INSERT_WORK =
      """
      insert into canary_work (work, canary, worker, is_reference, at)
      values (:work, :canary, :worker, :reference, :now) on conflict do nothing
      """;

  private final JdbcClient jdbc;
  private final Clock clock;
  private final RandomGenerator chance;
  private final Ids ids;

  Canaries(JdbcClient jdbc, Clock clock, RandomGenerator chance, Ids ids) {
    this.jdbc = jdbc;
    this.clock = clock;
    this.chance = chance;
    this.ids = ids;
  }

  /**
   * @param source the job that asked for it first
   */
  record Canary(
      UUID id,
      JobId source,
      Digest modelDigest,
      ProfileClass profile,
      Digest inputDigest,
      Digest salt) {
    CanaryLeaf leaf(List<Digest> accepted) {
      byte[] name =
          ByteBuffer.allocate(2 * Long.BYTES)
              .putLong(id.getMostSignificantBits())
              .putLong(id.getLeastSignificantBits())
              .array();
      return new CanaryLeaf(
          Digest.keccak256(name),
          inputDigest,
          modelDigest,
          profile.digest(),
          CanaryLeaf.acceptedHash(accepted),
          salt);
    }
  }

  /**
   * A canary in somebody's hand.
   *
   * @param work the job by which it is executed
   */
  record Work(JobId work, UUID canary, WalletAddress worker) {}

  /**
   * Within the caller's transaction: its input may be asked again, if its answer is made sure. Not
   * of a language model: another right answer need not be like the known one.
   */
  void propose(JobId source, Opened result, Digest inputDigest) {
    if (result.attested().profile() == ProfileClass.LLM) {
      return;
    }
    byte[] salt = new byte[Digest.SIZE];
    chance.nextBytes(salt);
    jdbc.sql(
            """
            insert into canary (id, source, model_digest, profile, input_digest, stage, salt, proposed_at)
            select :id, :source, :model, :profile, :input, 'proposed', :salt, :now
            where (select count(*) from (select from canary where stage in ('proposed', 'known') limit :stock) s)
                  < :stock
            on conflict do nothing
            """)
        .param("id", ids.next())
        .param("source", source.uuid())
        .param("model", result.attested().modelDigest().toBytes())
        .param("profile", result.attested().profile().label())
        .param("input", inputDigest.toBytes())
        .param("salt", salt)
        .param("now", clock.instant().atOffset(ZoneOffset.UTC))
        .param("stock", STOCK)
        .update();
  }

  List<Canary> proposed(int limit) {
    return jdbc.sql("select * from canary where stage = 'proposed' order by id limit :limit")
        .param("limit", limit)
        .query((row, _) -> read(row))
        .list();
  }

  /** The jobs by which others computed the same: of an audit, or of a quorum. */
  List<JobId> witnesses(JobId source) {
    return jdbc.sql(
            """
            select work from audit_seat where audit = :source
            union select voice from quorum_voice where quorum = :source
            """)
        .param("source", source.uuid())
        .query((row, _) -> new JobId(row.getObject("work", UUID.class)))
        .list();
  }

  /** Within the caller's transaction. */
  void know(Canary canary, Collection<Opened> answers) {
    List<Opened> rows = List.copyOf(answers);
    jdbc.sql(
            """
            insert into canary_answer (canary, answer, digest)
            select :canary, a.* from unnest(:answers::uuid[], :digests) as a on conflict do nothing
            """)
        .param("canary", canary.id())
        .param("answers", SqlArrays.texts(rows, answer -> answer.attested().job().uuid()))
        .param("digests", SqlArrays.digests(rows, Opened::outputDigest))
        .update();
    stage(canary, "known");
  }

  /** It is not used. */
  void drop(Canary canary) {
    stage(canary, "dropped");
  }

  private void stage(Canary canary, String stage) {
    jdbc.sql("update canary set stage = :stage where id = :id and stage = 'proposed'")
        .param("stage", stage)
        .param("id", canary.id())
        .update();
  }

  /** The right answers' digests, each once, in order. */
  List<Digest> accepted(UUID canary) {
    return jdbc.sql(
            "select distinct digest from canary_answer where canary = :canary order by digest")
        .param("canary", canary)
        .query((row, _) -> Digest.of(row.getBytes("digest")))
        .list();
  }

  /** Known, and in no seal yet. */
  List<Canary> uncommitted(int limit) {
    return jdbc.sql(
            """
            select * from canary where stage = 'known' and epoch is null order by id limit :limit
            """)
        .param("limit", limit)
        .query((row, _) -> read(row))
        .list();
  }

  /** Within the transaction that fixes the epoch. */
  void commit(long epoch, List<Canary> canaries) {
    jdbc.sql("update canary set epoch = :epoch where id = any(:ids::uuid[]) and epoch is null")
        .param("epoch", epoch)
        .param("ids", SqlArrays.texts(canaries, Canary::id))
        .update();
  }

  List<Canary> committedIn(long epoch) {
    return jdbc.sql("select * from canary where epoch = :epoch order by id")
        .param("epoch", epoch)
        .query((row, _) -> read(row))
        .list();
  }

  Canary find(UUID id) {
    return jdbc.sql("select * from canary where id = :id")
        .param("id", id)
        .query((row, _) -> read(row))
        .single();
  }

  /** In whose seal it is. */
  long epochOf(UUID canary) {
    return jdbc.sql("select epoch from canary where id = :id")
        .param("id", canary)
        .query(Long.class)
        .single();
  }

  /** One whose seal is on the chain, and that nobody had; any of them. */
  Optional<Canary> unused() {
    return jdbc.sql(
            """
            select c.* from canary c join chain_seal s on s.epoch = c.epoch where c.stage = 'known'
            order by c.salt limit 1
            """)
        .query((row, _) -> read(row))
        .optional();
  }

  /** Whether fewer were given, of late, than such a part of the audits that began. */
  boolean isWanted(int percent) {
    return jdbc.sql(
            """
            select (select count(*) from canary_work where not is_reference and at > :since) * 100
                 < (select count(*) from audit where starts_at > :since) * :percent
            """)
        .param("since", clock.instant().minus(OF_LATE).atOffset(ZoneOffset.UTC))
        .param("percent", percent)
        .query(Boolean.class)
        .single();
  }

  /** Asks a reference node, once; written before it is bought. */
  void ask(Canary canary, JobId work, WalletAddress node) {
    jdbc.sql(INSERT_WORK).params(work(canary, work, node)).param("reference", true).update();
  }

  /** Gives it to a worker that is graded by it, if nobody has it; written before it is bought. */
  void give(Canary canary, JobId work, WalletAddress worker) {
    jdbc.sql(
            """
            with given as (%s returning canary)
            update canary set stage = 'given' from given where canary.id = given.canary
            """
                .formatted(INSERT_WORK))
        .params(work(canary, work, worker))
        .param("reference", false)
        .update();
  }

  private Map<String, Object> work(Canary canary, JobId work, WalletAddress worker) {
    return Map.of(
        "work", work.uuid(),
        "canary", canary.id(),
        "worker", worker.hex(),
        "now", clock.instant().atOffset(ZoneOffset.UTC));
  }

  List<Work> referencesOf(UUID canary) {
    return jdbc.sql(
            "select * from canary_work where canary = :canary and is_reference order by work")
        .param("canary", canary)
        .query((row, _) -> readWork(row))
        .list();
  }

  /** Those that are to be graded. */
  List<Work> ungraded(int limit) {
    return jdbc.sql(
            """
            select * from canary_work where outcome is null and not is_reference order by work limit :limit
            """)
        .param("limit", limit)
        .query((row, _) -> readWork(row))
        .list();
  }

  /**
   * Within the caller's transaction.
   *
   * @return whether it had no outcome before
   */
  boolean grade(Work work, Outcome outcome) {
    return jdbc.sql(
                """
                update canary_work set outcome = :outcome where work = :work and outcome is null
                """)
            .param("outcome", outcome.name().toLowerCase(Locale.ROOT))
            .param("work", work.work().uuid())
            .update()
        == 1;
  }

  /** What reference nodes said of late about a model in a profile. */
  Quarantine quarantine(Digest model, ProfileClass profile) {
    return jdbc.sql(
            """
            select count(*) as answers, count(*) filter (where w.outcome = 'invalid') as others
            from canary_work w join canary c on c.id = w.canary
            where w.is_reference and w.outcome in ('valid', 'invalid') and w.at > :since
              and c.model_digest = :model and c.profile = :profile
            """)
        .param("since", clock.instant().minus(OF_LATE).atOffset(ZoneOffset.UTC))
        .param("model", model.toBytes())
        .param("profile", profile.label())
        .query((row, _) -> new Quarantine(row.getLong("answers"), row.getLong("others")))
        .single();
  }

  private static Canary read(ResultSet row) throws SQLException {
    return new Canary(
        row.getObject("id", UUID.class),
        new JobId(row.getObject("source", UUID.class)),
        Digest.of(row.getBytes("model_digest")),
        ProfileClass.parse(row.getString("profile")),
        Digest.of(row.getBytes("input_digest")),
        Digest.of(row.getBytes("salt")));
  }

  private static Work readWork(ResultSet row) throws SQLException {
    return new Work(
        new JobId(row.getObject("work", UUID.class)),
        row.getObject("canary", UUID.class),
        new WalletAddress(row.getString("worker")));
  }
}
