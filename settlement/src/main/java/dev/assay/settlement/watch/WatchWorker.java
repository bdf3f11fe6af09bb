package dev.assay.settlement.watch;

import dev.assay.protocol.event.WorkerEnrolled;
import dev.assay.settlement.chain.BlockRef;
import dev.assay.settlement.chain.ChainHead;
import dev.assay.settlement.intake.Intake;
import java.sql.Timestamp;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;

/** From the block of its enrolment on, a worker's stake is watched. */
@Service
public class WatchWorker {
  private static final Logger LOG = LoggerFactory.getLogger(WatchWorker.class);

  private final ChainHead chain;
  private final Intake intake;
  private final JdbcClient jdbc;
  private final Stakes stakes;
  private final ScannedBlock scanned;

  WatchWorker(
      ChainHead chain, Intake intake, JdbcClient jdbc, Stakes stakes, ScannedBlock scanned) {
    this.chain = chain;
    this.intake = intake;
    this.jdbc = jdbc;
    this.stakes = stakes;
    this.scanned = scanned;
  }

  /**
   * @throws ChainNotObserved if no block is known to watch from; the event is to be delivered again
   */
  public void watch(WorkerEnrolled event) {
    BlockRef since = chain.head().orElseThrow(ChainNotObserved::new);
    boolean isNew = intake.once(event.id(), () -> record(event, since));
    LOG.atInfo()
        .addKeyValue("eventId", event.id())
        .addKeyValue("worker", event.worker())
        .addKeyValue("block", since.number())
        .log(isNew ? "Worker watched" : "Worker was watched already");
  }

  private void record(WorkerEnrolled event, BlockRef since) {
    jdbc.sql(
            """
            insert into watched_worker (address, enrolled_at, since_block, since_block_hash)
            values (:address, :enrolledAt, :block, :hash)
            on conflict (address) do nothing\
            """)
        .param("address", event.worker().hex())
        .param("enrolledAt", Timestamp.from(event.occurredAt()))
        .param("block", since.number())
        .param("hash", since.hash())
        .update();
    // The market may not have known the worker when its stake was told.
    scanned.last().ifPresent(block -> stakes.tellAgain(event.worker(), block.number()));
  }

  /** The chain is away: nothing is wrong with the event. */
  public static final class ChainNotObserved extends RuntimeException {
    ChainNotObserved() {
      super("No block of the chain is known at present");
    }
  }
}
