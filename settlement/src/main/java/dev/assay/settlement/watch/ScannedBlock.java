package dev.assay.settlement.watch;

import dev.assay.settlement.chain.BlockRef;
import dev.assay.settlement.platform.Rows;
import java.sql.Timestamp;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Up to which final block the chain was read: the block as of which everything here is known. */
@Component
public class ScannedBlock {
  private final JdbcClient jdbc;

  ScannedBlock(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Nothing before the first was read. */
  public Optional<BlockRef> last() {
    return jdbc.sql("select number, hash, time from scanned_block")
        .query((row, _) ->
            new BlockRef(row.getLong("number"), row.getString("hash"), Rows.instant(row, "time")))
        .optional();
  }

  /**
   * @throws IllegalStateException if another process was here meanwhile
   */
  void move(Optional<BlockRef> from, BlockRef to) {
    int moved =
        jdbc.sql(
                """
                insert into scanned_block (number, hash, time) values (:number, :hash, :time)
                on conflict (the_one) do update
                   set number = excluded.number, hash = excluded.hash, time = excluded.time
                 where scanned_block.hash = :before\
                """)
            .param("number", to.number())
            .param("hash", to.hash())
            .param("time", Timestamp.from(to.timestamp()))
            .param("before", from.map(BlockRef::hash).orElse(""))
            .update();
    if (moved != 1) {
      throw new IllegalStateException(
          "Another process has read the chain further than block %s."
              .formatted(from.map(BlockRef::number)));
    }
  }
}
