package dev.assay.marketplace.audit;

import dev.assay.marketplace.audit.Standings.Subject;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.verification.SurprisalProcess;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** How workers' tokens have surprised their verifiers so far, as rows. */
@Repository
class Surprisals {
  private final JdbcClient jdbc;

  Surprisals(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Within the caller's transaction, which holds the row until it ends.
   *
   * @param reference what a verifier's model thinks of a text of {@code subject}
   * @return whether this one was decisive
   */
  boolean add(Subject subject, ChatOutput reference) {
    jdbc.sql(
            """
            insert into surprisal (worker, model_digest, profile, tokens, logs, is_decisive)
            values (:worker, :model, :profile, 0, :logs::float8[], false) on conflict do nothing
            """)
        .params(key(subject))
        .param("logs", SqlArrays.texts(SurprisalProcess.NEW.logs(), log -> log))
        .update();
    SurprisalProcess before =
        jdbc.sql(
                """
                select * from surprisal where worker = :worker and model_digest = :model and profile = :profile
                for update
                """)
            .params(key(subject))
            .query((row, _) -> read(row))
            .single();
    SurprisalProcess after = before.after(reference);
    jdbc.sql(
            """
            update surprisal set tokens = :tokens, logs = :logs::float8[], is_decisive = is_decisive or :decisive
            where worker = :worker and model_digest = :model and profile = :profile
            """)
        .params(key(subject))
        .param("tokens", after.tokens())
        .param("logs", SqlArrays.texts(after.logs(), log -> log))
        .param("decisive", after.isDecisive())
        .update();
    return after.isDecisive() && !before.isDecisive();
  }

  /** Those of {@code subjects} whose surprises chance does not explain. */
  Set<Subject> decisive(Collection<Subject> subjects) {
    List<Subject> rows = List.copyOf(subjects);
    Set<Subject> decisive = new HashSet<>();
    jdbc.sql(
            """
            select s.* from unnest(:workers, :models, :profiles) as w (worker, model, profile)
            join surprisal s on s.worker = w.worker and s.model_digest = w.model and s.profile = w.profile
            where s.is_decisive
            """)
        .param("workers", SqlArrays.texts(rows, Subject::worker))
        .param("models", SqlArrays.digests(rows, Subject::modelDigest))
        .param("profiles", SqlArrays.texts(rows, subject -> subject.profile().label()))
        .query(row -> {
          decisive.add(
              new Subject(
                  new WalletAddress(row.getString("worker")),
                  Digest.of(row.getBytes("model_digest")),
                  ProfileClass.parse(row.getString("profile"))));
        });
    return decisive;
  }

  private static Map<String, Object> key(Subject subject) {
    return Map.of(
        "worker", subject.worker().hex(),
        "model", subject.modelDigest().toBytes(),
        "profile", subject.profile().label());
  }

  private static SurprisalProcess read(ResultSet row) throws SQLException {
    Array logs = row.getArray("logs");
    return SurprisalProcess.of(Arrays.asList((Double[]) logs.getArray()), row.getLong("tokens"));
  }
}
