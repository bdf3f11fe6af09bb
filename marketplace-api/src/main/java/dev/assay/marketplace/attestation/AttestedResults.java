package dev.assay.marketplace.attestation;

import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.Signature;
import dev.assay.protocol.SignedAttestation;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.assurance.Independence.Voice;
import dev.assay.protocol.content.ProfileClass;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/** What workers have signed and that counts, for those who seal and check it. */
@Service
public class AttestedResults {
  private final JdbcClient jdbc;
  private final JsonMapper json;

  AttestedResults(JdbcClient jdbc, JsonMapper json) {
    this.jdbc = jdbc;
    this.json = json;
  }

  /**
   * A result as it is sealed.
   *
   * @param digest of the attestation, in the court's domain
   */
  public record Attested(
      JobId job,
      int attempt,
      Digest digest,
      WalletAddress worker,
      WalletAddress requester,
      TokenAmount price,
      Digest modelDigest,
      ProfileClass profile) {}

  /**
   * The whole of a result.
   *
   * @param outputSalt opens the commitment, with the output's digest
   */
  public record Opened(
      Attested attested,
      SignedAttestation signed,
      WalletAddress sessionKey,
      Digest outputDigest,
      Digest outputSalt) {}

  /** How many an epoch has so far; counts to {@code most} and no further. */
  public long count(long epoch, long most) {
    return jdbc.sql(
            "select count(*) from (select from attestation where epoch = :epoch limit :most) page")
        .param("epoch", epoch)
        .param("most", most)
        .query(Long.class)
        .single();
  }

  /**
   * A page of an epoch's, in the order of their digests.
   *
   * @param after the last of the page before; {@link Digest#ZERO} for the first
   */
  public List<Attested> page(long epoch, Digest after, int limit) {
    return jdbc.sql(
            """
            select job, attempt, digest, worker, requester, price, model_digest, profile from attestation
            where epoch = :epoch and digest > :after order by digest limit :limit
            """)
        .param("epoch", epoch)
        .param("after", after.toBytes())
        .param("limit", limit)
        .query((row, _) -> attested(row))
        .list();
  }

  /** Those of {@code jobs} that have a result that counts. */
  public Map<JobId, Opened> of(Collection<JobId> jobs) {
    return jdbc
        .sql("select * from attestation where job = any(:jobs::uuid[])")
        .param("jobs", SqlArrays.texts(jobs, JobId::uuid))
        .query((row, _) -> opened(row))
        .list()
        .stream()
        .collect(Collectors.toMap(opened -> opened.attested().job(), opened -> opened));
  }

  /** As {@link #of(Collection)}, without what was signed. */
  public Map<JobId, Attested> inBrief(Collection<JobId> jobs) {
    return jdbc
        .sql(
            """
            select job, attempt, digest, worker, requester, price, model_digest, profile from attestation
            where job = any(:jobs::uuid[])
            """)
        .param("jobs", SqlArrays.texts(jobs, JobId::uuid))
        .query((row, _) -> attested(row))
        .list()
        .stream()
        .collect(Collectors.toMap(Attested::job, attested -> attested));
  }

  /** Whose results they are, where these are, and on what they were computed. */
  public Map<JobId, Voice> voices(Collection<JobId> jobs) {
    Map<JobId, Voice> voices = new HashMap<>();
    jdbc.sql(
            """
            select t.job, t.worker, a.region, t.profile from attestation t
            join assignment a on a.job = t.job and a.attempt = t.attempt
            where t.job = any(:jobs::uuid[])
            """)
        .param("jobs", SqlArrays.texts(jobs, JobId::uuid))
        .query(row -> {
          voices.put(
              new JobId(row.getObject("job", UUID.class)),
              new Voice(
                  row.getString("worker"), row.getString("region"), row.getString("profile")));
        });
    return voices;
  }

  /** The job whose result is attested by this. */
  public Optional<JobId> jobOf(Digest attestation) {
    return jdbc.sql("select job from attestation where digest = :digest")
        .param("digest", attestation.toBytes())
        .query((row, _) -> new JobId(row.getObject("job", UUID.class)))
        .optional();
  }

  /**
   * Two signatures of one attempt over different claims.
   *
   * @param job what it was for
   */
  public record Contradiction(JobId job, SignedAttestation first, SignedAttestation second) {}

  /** Those that settlement has not been told of, one an attempt, the earliest first. */
  public List<Contradiction> untold(int limit) {
    return contradictions("r.job is null", limit);
  }

  /** Those that settlement was told of, without who was harmed. */
  public List<Contradiction> withoutHarm(int limit) {
    return contradictions("r.job is not null and r.harm_told_at is null", limit);
  }

  private List<Contradiction> contradictions(String which, int limit) {
    return jdbc.sql(
            """
            select * from (
              select distinct on (c.job, c.attempt) c.job, c.received_at, a.body as first,
                     a.signature as first_signature, c.body as second, c.signature as second_signature
              from contradiction c join attestation a on a.job = c.job and a.attempt = c.attempt
              left join contradiction_report r on r.job = c.job and r.attempt = c.attempt
              where %s order by c.job, c.attempt, c.received_at) page
            order by received_at limit :limit
            """
                .formatted(which))
        .param("limit", limit)
        .query((row, _) ->
            new Contradiction(
                new JobId(row.getObject("job", UUID.class)),
                signed(row, "first", "first_signature"),
                signed(row, "second", "second_signature")))
        .list();
  }

  /**
   * Within the caller's transaction.
   *
   * @return whether nobody had told it before
   */
  public boolean told(Contradiction contradiction, Instant now) {
    return jdbc.sql(
                """
                insert into contradiction_report (job, attempt, told_at) values (:job, :attempt, :now)
                on conflict do nothing
                """)
            .param("job", contradiction.job().uuid())
            .param("attempt", contradiction.first().attestation().attempt())
            .param("now", now.atOffset(ZoneOffset.UTC))
            .update()
        == 1;
  }

  /**
   * Within the caller's transaction.
   *
   * @return whether nobody had told it before
   */
  public boolean harmTold(Contradiction contradiction, Instant now) {
    return jdbc.sql(
                """
                update contradiction_report set harm_told_at = :now
                where job = :job and attempt = :attempt and harm_told_at is null
                """)
            .param("job", contradiction.job().uuid())
            .param("attempt", contradiction.first().attestation().attempt())
            .param("now", now.atOffset(ZoneOffset.UTC))
            .update()
        == 1;
  }

  private SignedAttestation signed(ResultSet row, String body, String signature)
      throws SQLException {
    return new SignedAttestation(
        json.readValue(row.getString(body), ResultAttestation.class),
        Signature.of(row.getBytes(signature)));
  }

  public Optional<Opened> of(JobId job) {
    return Optional.ofNullable(of(List.of(job)).get(job));
  }

  private Opened opened(ResultSet row) throws SQLException {
    return new Opened(
        attested(row),
        signed(row, "body", "signature"),
        new WalletAddress(row.getString("session_key")),
        Digest.of(row.getBytes("output_digest")),
        Digest.of(row.getBytes("output_salt")));
  }

  private static Attested attested(ResultSet row) throws SQLException {
    return new Attested(
        new JobId(row.getObject("job", UUID.class)),
        row.getInt("attempt"),
        Digest.of(row.getBytes("digest")),
        new WalletAddress(row.getString("worker")),
        new WalletAddress(row.getString("requester")),
        TokenAmount.parse(row.getString("price")),
        Digest.of(row.getBytes("model_digest")),
        ProfileClass.parse(row.getString("profile")));
  }
}
