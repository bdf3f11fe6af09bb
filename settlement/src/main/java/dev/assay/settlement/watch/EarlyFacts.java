package dev.assay.settlement.watch;

import dev.assay.settlement.chain.PlacedLog;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What was published before it was final. An early fact may vanish with its block; so whoever it
 * was about is published once more when that block's number is final.
 */
@Component
class EarlyFacts {
  /** What the facts are about. */
  enum Kind {
    PURSE,
    BOND,
    KEY
  }

  private final JdbcClient jdbc;

  EarlyFacts(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * @return whether it was not told before
   */
  boolean isNew(Kind kind, String subject, PlacedLog log) {
    return jdbc.sql(
                """
                insert into early_fact (kind, subject, block, log_index)
                values (:kind, :subject, :block, :index)
                on conflict (kind, subject) do update
                   set block = excluded.block, log_index = excluded.log_index
                 where (early_fact.block, early_fact.log_index) < (excluded.block, excluded.log_index)\
                """)
            .param("kind", kind.name())
            .param("subject", subject)
            .param("block", log.block())
            .param("index", log.index())
            .update()
        == 1;
  }

  /** Whom early facts up to this block were about; they are forgotten. */
  List<String> take(Kind kind, long upToBlock) {
    return jdbc.sql(
            "delete from early_fact where kind = :kind and block <= :block returning subject")
        .param("kind", kind.name())
        .param("block", upToBlock)
        .query((row, _) -> row.getString("subject"))
        .list();
  }
}
