package dev.assay.marketplace.attestation;

import dev.assay.marketplace.dispatch.LiveLease;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.Signature;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.ResultSubmission;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import tools.jackson.databind.json.JsonMapper;

/** Signed results as rows. Evidence: nothing here is ever changed. */
@Repository
class Attestations {
  private final JdbcClient jdbc;
  private final JsonMapper json;

  Attestations(JdbcClient jdbc, JsonMapper json) {
    this.jdbc = jdbc;
    this.json = json;
  }

  /**
   * A result that passed every check.
   *
   * @param digest of the attestation, in the court's domain
   * @param outputDigest of the result's output
   * @param sessionKey that signed it
   */
  record Received(
      LiveLease lease,
      ResultSubmission result,
      Digest digest,
      Digest outputDigest,
      WalletAddress sessionKey,
      Instant at) {

    TokenAmount price() {
      ResultAttestation claimed = result.attestation();
      return lease.proposal().offer().priceOf(claimed.inputUnits(), claimed.outputUnits());
    }
  }

  /** What is kept of one that counts. */
  record Kept(JobId job, int attempt, WalletAddress worker, Digest claim) {}

  /** What a requester may see of one. */
  record Shown(
      ResultAttestation attestation,
      Signature signature,
      WalletAddress sessionKey,
      Digest digest,
      Digest outputDigest,
      Digest outputSalt) {}

  void insert(List<Received> received, OneTrip later) {
    later.add(
        """
        insert into attestation (job, attempt, signed_job, worker, epoch, digest, claim, body, signature,
                                 session_key, output_digest, output_salt, received_at, requester, price,
                                 model_digest, profile)
        select unnest(:jobs::uuid[]), unnest(:attempts::int[]), unnest(:signed), unnest(:workers),
               unnest(:epochs::bigint[]), unnest(:digests), unnest(:claims), unnest(:bodies),
               unnest(:signatures), unnest(:keys), unnest(:outputs), unnest(:salts), unnest(:at::timestamptz[]),
               unnest(:requesters), unnest(:prices::numeric[]), unnest(:models), unnest(:profiles)
        """,
        Map.ofEntries(
            Map.entry("jobs", SqlArrays.texts(received, r -> r.lease().job().id().uuid())),
            Map.entry("attempts", SqlArrays.texts(received, r -> r.lease().attempt())),
            Map.entry("signed", SqlArrays.digests(received, r -> r.lease().job().signedId())),
            Map.entry("workers", SqlArrays.texts(received, r -> r.lease().worker())),
            Map.entry("epochs", SqlArrays.texts(received, r -> r.result().attestation().epoch())),
            Map.entry("digests", SqlArrays.digests(received, Received::digest)),
            Map.entry("claims", SqlArrays.digests(received, r -> r.result().attestation().claim())),
            Map.entry(
                "bodies",
                SqlArrays.texts(received, r -> json.writeValueAsString(r.result().attestation()))),
            Map.entry(
                "signatures", SqlArrays.bytes(received, r -> r.result().signature().toBytes())),
            Map.entry("keys", SqlArrays.texts(received, Received::sessionKey)),
            Map.entry("outputs", SqlArrays.digests(received, Received::outputDigest)),
            Map.entry("salts", SqlArrays.digests(received, r -> r.result().outputSalt())),
            Map.entry("at", SqlArrays.texts(received, Received::at)),
            Map.entry("requesters", SqlArrays.texts(received, r -> r.lease().job().requester())),
            Map.entry("prices", SqlArrays.texts(received, Received::price)),
            Map.entry("models", SqlArrays.digests(received, r -> r.lease().job().modelDigest())),
            Map.entry("profiles", SqlArrays.texts(received, r -> r.lease().profile().label()))));
  }

  /** The one of an attempt that counts. */
  Optional<Kept> find(AttemptRef attempt) {
    return jdbc.sql(
            """
            select at.job, at.attempt, at.worker, at.claim from job join attestation at on at.job = job.id
            where job.signed_id = :job and at.attempt = :attempt
            """)
        .param("job", attempt.jobId().toBytes())
        .param("attempt", attempt.attempt())
        .query((row, _) ->
            new Kept(
                new JobId(row.getObject("job", UUID.class)),
                row.getInt("attempt"),
                new WalletAddress(row.getString("worker")),
                Digest.of(row.getBytes("claim"))))
        .optional();
  }

  Optional<Shown> of(JobId job, int attempt) {
    return jdbc.sql("select * from attestation where job = :job and attempt = :attempt")
        .param("job", job.uuid())
        .param("attempt", attempt)
        .query((row, _) ->
            new Shown(
                json.readValue(row.getString("body"), ResultAttestation.class),
                Signature.of(row.getBytes("signature")),
                new WalletAddress(row.getString("session_key")),
                Digest.of(row.getBytes("digest")),
                Digest.of(row.getBytes("output_digest")),
                Digest.of(row.getBytes("output_salt"))))
        .optional();
  }

  long count(WalletAddress worker) {
    return jdbc.sql("select count(*) from attestation where worker = :worker")
        .param("worker", worker.hex())
        .query(Long.class)
        .single();
  }

  /** Keeps what a worker signed and had not streamed. */
  void keepDivergence(LiveLease lease, ResultSubmission result, Digest digest, Instant at) {
    jdbc.sql(
            """
            insert into divergence (job, attempt, digest, body, signature, output_digest, received_at)
            values (:job, :attempt, :digest, :body, :signature, :output, :at)
            on conflict do nothing
            """)
        .param("job", lease.job().id().uuid())
        .param("attempt", lease.attempt())
        .param("digest", digest.toBytes())
        .param("body", json.writeValueAsString(result.attestation()))
        .param("signature", result.signature().toBytes())
        .param("output", result.output().digest().toBytes())
        .param("at", at.atOffset(ZoneOffset.UTC))
        .update();
  }

  /** Keeps the second of two that contradict each other; a third adds nothing and is not kept. */
  void keepContradiction(Kept first, ResultSubmission second, Digest digest, Instant at) {
    jdbc.sql(
            """
            insert into contradiction (job, attempt, digest, body, signature, received_at)
            values (:job, :attempt, :digest, :body, :signature, :at)
            on conflict do nothing
            """)
        .param("job", first.job().uuid())
        .param("attempt", first.attempt())
        .param("digest", digest.toBytes())
        .param("body", json.writeValueAsString(second.attestation()))
        .param("signature", second.signature().toBytes())
        .param("at", at.atOffset(ZoneOffset.UTC))
        .update();
  }
}
