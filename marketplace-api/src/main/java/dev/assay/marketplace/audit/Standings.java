package dev.assay.marketplace.audit;

import dev.assay.marketplace.attestation.AttestedResults.Attested;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ProfileClass;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** What audits have shown of workers, as rows. */
@Repository
class Standings {
  private final JdbcClient jdbc;

  Standings(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** A worker with one model on one profile. */
  record Subject(WalletAddress worker, Digest modelDigest, ProfileClass profile) {
    static Subject of(Attested result) {
      return new Subject(result.worker(), result.modelDigest(), result.profile());
    }
  }

  /** Consecutive audits that were passed, of those of {@code subjects} that have passed any. */
  Map<Subject, Long> passes(Collection<Subject> subjects) {
    List<Subject> rows = List.copyOf(subjects);
    Map<Subject, Long> passes = new HashMap<>();
    jdbc.sql(
            """
            select s.* from unnest(:workers, :models, :profiles) as w (worker, model, profile)
            join standing s on s.worker = w.worker and s.model_digest = w.model and s.profile = w.profile
            """)
        .param("workers", SqlArrays.texts(rows, Subject::worker))
        .param("models", SqlArrays.digests(rows, Subject::modelDigest))
        .param("profiles", SqlArrays.texts(rows, subject -> subject.profile().label()))
        .query(row -> {
          passes.put(
              new Subject(
                  new WalletAddress(row.getString("worker")),
                  Digest.of(row.getBytes("model_digest")),
                  ProfileClass.parse(row.getString("profile"))),
              row.getLong("passes"));
        });
    return passes;
  }

  /** Within the caller's transaction. */
  void passed(Subject subject) {
    record(subject, 1, 0);
  }

  /** Within the caller's transaction; what was passed before counts no more. */
  void failed(Subject subject) {
    record(subject, 0, 1);
  }

  private void record(Subject subject, int pass, int failure) {
    jdbc.sql(
            """
            insert into standing (worker, model_digest, profile, passes, failures)
            values (:worker, :model, :profile, :pass, :failure)
            on conflict (worker, model_digest, profile) do update set
              passes = case when :failure = 1 then 0 else standing.passes + 1 end,
              failures = standing.failures + :failure
            """)
        .param("worker", subject.worker().hex())
        .param("model", subject.modelDigest().toBytes())
        .param("profile", subject.profile().label())
        .param("pass", pass)
        .param("failure", failure)
        .update();
  }
}
