package dev.assay.marketplace.audit;

import dev.assay.marketplace.audit.Standings.Subject;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.verification.SurprisalTest;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * How workers' tokens have surprised their verifiers so far, as rows; {@link Standings} heeds it.
 */
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
        .param("logs", SqlArrays.texts(SurprisalTest.NEW.logs(), log -> log))
        .update();
    SurprisalTest before =
        jdbc.sql(
                """
                select * from surprisal where worker = :worker and model_digest = :model and profile = :profile
                for update
                """)
            .params(key(subject))
            .query((row, _) -> read(row))
            .single();
    SurprisalTest after = before.after(reference);
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

  private static Map<String, Object> key(Subject subject) {
    return Map.of(
        "worker", subject.worker().hex(),
        "model", subject.modelDigest().toBytes(),
        "profile", subject.profile().label());
  }

  private static SurprisalTest read(ResultSet row) throws SQLException {
    Array logs = row.getArray("logs");
    return SurprisalTest.of(Arrays.asList((Double[]) logs.getArray()), row.getLong("tokens"));
  }
}
