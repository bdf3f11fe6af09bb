package dev.assay.marketplace.audit;

import dev.assay.marketplace.audit.EpochController.LeafBody;
import dev.assay.marketplace.audit.Seals.LeafRow;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** What became of sealed leaves, for those who look. */
@Repository
class Checks {
  private final JdbcClient jdbc;

  Checks(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * What is known of the check of a sealed result.
   *
   * @param passes k of its worker, when it was sealed
   * @param reason how the check ended, if it has
   */
  record Checked(int passes, Optional<CheckEnd.Reason> reason) {}

  /** Of those of {@code jobs} that are sealed. */
  Map<JobId, Checked> of(Collection<JobId> jobs) {
    Map<JobId, Checked> checked = new HashMap<>();
    jdbc.sql(
            """
            select l.job, l.passes, c.reason from sealed_leaf l
            left join check_end c on c.job = l.job and c.attempt = l.attempt
            where l.job = any(:jobs::uuid[])
            """)
        .param("jobs", SqlArrays.texts(jobs, JobId::uuid))
        .query(row -> {
          checked.put(
              new JobId(row.getObject("job", UUID.class)),
              new Checked(
                  row.getInt("passes"),
                  Optional.ofNullable(row.getString("reason")).map(CheckEnd.Reason::parse)));
        });
    return checked;
  }

  /** A page of an epoch's, in the order of their hashes. */
  List<LeafBody> leaves(long epoch, Digest after, int limit) {
    return jdbc.sql(
            """
            select l.*, a.job is not null as audited, c.reason from sealed_leaf l
            left join audit a on a.job = l.job and a.attempt = l.attempt
            left join check_end c on c.job = l.job and c.attempt = l.attempt
            where l.epoch = :epoch and l.leaf > :after order by l.leaf limit :limit
            """)
        .param("epoch", epoch)
        .param("after", after.toBytes())
        .param("limit", limit)
        .query((row, _) -> {
          LeafRow leaf = Seals.readLeaf(row);
          String check = row.getString("reason");
          boolean audited = row.getBoolean("audited");
          return new LeafBody(
              leaf.leaf().hash(), leaf.leaf(), audited || check != null ? audited : null, check);
        })
        .list();
  }
}
