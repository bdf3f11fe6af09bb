package dev.assay.marketplace.audit;

import dev.assay.marketplace.attestation.AttestedResults.Attested;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.TrackRecord;
import dev.assay.protocol.content.ProfileClass;
import java.sql.ResultSet;
import java.sql.SQLException;
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

  /**
   * What is known of those of {@code subjects} that were ever audited. Whoever {@link Surprisals}
   * says is suspected has no passes to show: it is a newcomer to reputation, to what may be
   * unsettled, to assurance and to the audit rate.
   */
  Map<Subject, TrackRecord> of(Collection<Subject> subjects) {
    List<Subject> rows = List.copyOf(subjects);
    Map<Subject, TrackRecord> records = new HashMap<>();
    jdbc.sql(
            """
            select s.*, coalesce(p.is_decisive, false) as is_suspect
            from unnest(:workers, :models, :profiles) as w (worker, model, profile)
            join standing s on s.worker = w.worker and s.model_digest = w.model and s.profile = w.profile
            left join surprisal p on p.worker = w.worker and p.model_digest = w.model and p.profile = w.profile
            """)
        .param("workers", SqlArrays.texts(rows, Subject::worker))
        .param("models", SqlArrays.digests(rows, Subject::modelDigest))
        .param("profiles", SqlArrays.texts(rows, subject -> subject.profile().label()))
        .query(row -> {
          TrackRecord record = read(row);
          records.put(
              new Subject(
                  new WalletAddress(row.getString("worker")),
                  Digest.of(row.getBytes("model_digest")),
                  ProfileClass.parse(row.getString("profile"))),
              row.getBoolean("is_suspect") ? record.suspected() : record);
        });
    return records;
  }

  /** Within the caller's transaction, which holds the record until it ends. */
  void record(Subject subject, Outcome audit) {
    jdbc.sql(
            """
            insert into standing (worker, model_digest, profile, passes, audits, failures)
            values (:worker, :model, :profile, 0, 0, 0) on conflict do nothing
            """)
        .params(key(subject))
        .update();
    TrackRecord before =
        jdbc.sql(
                """
                select * from standing where worker = :worker and model_digest = :model and profile = :profile
                for update
                """)
            .params(key(subject))
            .query((row, _) -> read(row))
            .single();
    TrackRecord after = before.after(audit);
    jdbc.sql(
            """
            update standing set passes = :passes, audits = :audits, failures = :failures
            where worker = :worker and model_digest = :model and profile = :profile
            """)
        .params(key(subject))
        .param("passes", after.passes())
        .param("audits", after.audits())
        .param("failures", after.failures())
        .update();
  }

  private static Map<String, Object> key(Subject subject) {
    return Map.of(
        "worker", subject.worker().hex(),
        "model", subject.modelDigest().toBytes(),
        "profile", subject.profile().label());
  }

  private static TrackRecord read(ResultSet row) throws SQLException {
    return new TrackRecord(row.getInt("passes"), row.getLong("audits"), row.getLong("failures"));
  }
}
