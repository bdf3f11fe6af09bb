package dev.assay.settlement.watch;

import dev.assay.determinism.CrashPoint;
import dev.assay.settlement.chain.BlockRef;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/** Keeps what some final blocks hold, and that they were read, in one transaction. */
@Component
class RecordChunk {
  private final ScannedBlock scanned;
  private final List<FinalLogs> keepers;
  private final TransactionOperations transaction;

  RecordChunk(ScannedBlock scanned, List<FinalLogs> keepers, TransactionOperations transaction) {
    this.scanned = scanned;
    this.keepers = List.copyOf(keepers);
    this.transaction = transaction;
  }

  void record(Optional<BlockRef> from, Chunk chunk) {
    transaction.executeWithoutResult(_ -> {
      scanned.move(from, chunk.to());
      keepers.forEach(keeper -> keeper.apply(chunk));
      CrashPoint.SETTLEMENT_WATCH_BEFORE_COMMIT.reached();
    });
    CrashPoint.SETTLEMENT_WATCH_AFTER_COMMIT.reached();
  }
}
