package dev.assay.marketplace.audit;

import dev.assay.marketplace.audit.Standings.Subject;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.verification.SurprisalTest;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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
   * Within the caller's transaction, which holds the rows of the worker until it ends. It is
   * decisive if it is so without what any one verifier says of its model: who lies, lies alone.
   *
   * @param reference what the verifier's model thinks of a text of {@code subject}
   * @return whether this one was decisive
   */
  boolean add(Subject subject, WalletAddress verifier, ChatOutput reference) {
    jdbc.sql(
            """
            insert into surprisal (worker, model_digest, profile, tokens, logs, is_decisive)
            values (:worker, :model, :profile, 0, :logs::float8[], false) on conflict do nothing
            """)
        .params(key(subject))
        .param("logs", texts(SurprisalTest.NEW))
        .update();
    Sum before =
        jdbc.sql(
                """
                select * from surprisal where worker = :worker and model_digest = :model and profile = :profile
                for update
                """)
            .params(key(subject))
            .query((row, _) -> new Sum(read(row), row.getBoolean("is_decisive")))
            .single();
    Map<WalletAddress, SurprisalTest> parts = parts(subject);
    parts.put(verifier, parts.getOrDefault(verifier, SurprisalTest.NEW).after(reference));
    SurprisalTest after = before.test().after(reference);
    boolean isDecisive = parts.values().stream().allMatch(part -> after.without(part).isDecisive());
    jdbc.sql(
            """
            insert into surprisal_by_verifier (worker, model_digest, profile, verifier, tokens, logs)
            values (:worker, :model, :profile, :verifier, :tokens, :logs::float8[])
            on conflict (worker, model_digest, profile, verifier)
            do update set tokens = excluded.tokens, logs = excluded.logs
            """)
        .params(key(subject))
        .param("verifier", verifier.hex())
        .param("tokens", parts.get(verifier).tokens())
        .param("logs", texts(parts.get(verifier)))
        .update();
    jdbc.sql(
            """
            update surprisal set tokens = :tokens, logs = :logs::float8[], is_decisive = is_decisive or :decisive
            where worker = :worker and model_digest = :model and profile = :profile
            """)
        .params(key(subject))
        .param("tokens", after.tokens())
        .param("logs", texts(after))
        .param("decisive", isDecisive)
        .update();
    return isDecisive && !before.isDecisive();
  }

  private record Sum(SurprisalTest test, boolean isDecisive) {}

  /** What each verifier has added. */
  private Map<WalletAddress, SurprisalTest> parts(Subject subject) {
    Map<WalletAddress, SurprisalTest> parts = new HashMap<>();
    jdbc.sql(
            """
            select * from surprisal_by_verifier
            where worker = :worker and model_digest = :model and profile = :profile
            """)
        .params(key(subject))
        .query(row -> {
          parts.put(new WalletAddress(row.getString("verifier")), read(row));
        });
    return parts;
  }

  private static @Nullable String[] texts(SurprisalTest test) {
    return SqlArrays.texts(test.logs(), log -> log);
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
