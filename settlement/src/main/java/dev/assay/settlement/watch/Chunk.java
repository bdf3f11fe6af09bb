package dev.assay.settlement.watch;

import dev.assay.settlement.chain.BlockRef;
import dev.assay.settlement.chain.PlacedLog;
import java.util.List;

/**
 * The logs of some final blocks, in order.
 *
 * @param to the last of the blocks
 */
public record Chunk(BlockRef to, List<PlacedLog> logs) {
  /**
   * As the index of a log: the state after all logs of a block. More than a block can hold; what is
   * published so is later than any fact of that block that was published early.
   */
  public static final int END_OF_BLOCK = (1 << 24) - 1;

  public Chunk {
    logs = List.copyOf(logs);
  }
}
