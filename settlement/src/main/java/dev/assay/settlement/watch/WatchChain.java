package dev.assay.settlement.watch;

import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.deploy.Deployment;
import dev.assay.settlement.chain.BlockRef;
import dev.assay.settlement.chain.ChainClient;
import dev.assay.settlement.chain.ChainUnavailable;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.chain.PlacedLog;
import dev.assay.settlement.platform.Halts;
import dev.assay.settlement.platform.Leadership;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Reads the contracts' logs, by ranges of block numbers whose ends are known by their hash. Up to
 * the final block it keeps them; of those above it tells at once what lowers what may be at risk.
 */
@Component
public class WatchChain {
  private static final Logger LOG = LoggerFactory.getLogger(WatchChain.class);
  private static final String PART = "finality";
  private static final String STALL = "stalled-finality";
  private static final String UNREAD = "unread-chain";

  private final ChainClient chain;
  private final Deployment market;
  private final ScannedBlock scanned;
  private final RecordChunk recorder;
  private final TellEarly early;
  private final WatchSettings settings;
  private final Leadership leadership;
  private final Halts halts;
  private final Clock clock;
  private final Stride stride;
  private Stretch stretch = new Stretch(-1, -1, Optional.empty());
  private Optional<Instant> unreadSince = Optional.empty();

  /**
   * How long no other block has become final.
   *
   * @param end the final block
   * @param head when that one became final
   * @param since when the head was first seen to have moved on without it
   */
  private record Stretch(long end, long head, Optional<Instant> since) {}

  WatchChain(
      ChainClient chain,
      Market market,
      ScannedBlock scanned,
      RecordChunk recorder,
      TellEarly early,
      WatchSettings settings,
      Leadership leadership,
      Halts halts,
      Clock clock) {
    this.chain = chain;
    this.market = market.deployment();
    this.scanned = scanned;
    this.recorder = recorder;
    this.early = early;
    this.settings = settings;
    this.stride = new Stride(settings.blocks());
    this.leadership = leadership;
    this.halts = halts;
    this.clock = clock;
  }

  @Scheduled(fixedDelayString = "${settlement.watch.every:1s}")
  void watch() {
    if (!leadership.isOurs()) {
      isRead();
      return;
    }
    try {
      step();
      isRead();
    } catch (ChainUnavailable e) {
      LOG.atDebug().setCause(e).log("The chain is not read now");
      isUnread();
    } catch (RuntimeException e) { // else the ledger would stand still and nobody be told
      halts.halt(
          UNREAD,
          "the chain cannot be read on (%s; the log tells more): what came after the last block that was read is not known here."
              .formatted(e.getClass().getSimpleName()));
      throw e;
    }
  }

  private void isRead() {
    unreadSince = Optional.empty();
    halts.release(UNREAD);
  }

  private void isUnread() {
    Instant since = unreadSince.orElseGet(clock::instant);
    unreadSince = Optional.of(since);
    if (since.plus(settings.readWithin()).isBefore(clock.instant())) {
      halts.halt(
          UNREAD,
          "since %s no node has let the contracts' logs be read on: what came since is not known here. Look at what the nodes say of eth_getLogs."
              .formatted(since));
    }
  }

  /** Reads all that is final and not yet kept, then what is above it. */
  void step() {
    BlockRef end = chain.finalizedBlock();
    while (readOn(end)) {}
    BlockRef head = chain.latestBlock();
    watchFinality(end, head);
    Optional<BlockRef> known = scanned.last(); // none as long as the contracts are not final
    if (known.isPresent() && head.number() > known.get().number()) {
      early.tell(above(known.get(), head));
    }
  }

  private List<PlacedLog> above(BlockRef known, BlockRef head) {
    List<PlacedLog> logs = new ArrayList<>();
    long from = known.number() + 1;
    while (from <= head.number()) {
      long to = stride.end(from, head.number());
      logs.addAll(read(chain::logs, from, to));
      from = to + 1;
    }
    return logs;
  }

  private interface Logs {
    List<PlacedLog> of(List<WalletAddress> contracts, long from, long to);
  }

  private List<PlacedLog> read(Logs logs, long from, long to) {
    try {
      List<PlacedLog> read = logs.of(contracts(), from, to);
      stride.succeeded();
      return read;
    } catch (ChainUnavailable e) {
      stride.failed(from, to);
      throw e;
    }
  }

  /** A chain without new blocks does not stall: it rests. */
  private void watchFinality(BlockRef end, BlockRef head) {
    Instant now = clock.instant();
    if (end.number() > stretch.end()) {
      stretch = new Stretch(end.number(), head.number(), Optional.empty());
    } else if (head.number() > stretch.head() && stretch.since().isEmpty()) {
      stretch = new Stretch(stretch.end(), stretch.head(), Optional.of(now));
    }
    boolean isStalled =
        stretch
            .since()
            .map(since -> since.plus(settings.finalWithin()).isBefore(now))
            .orElse(false);
    if (isStalled) {
      halts.halt(
          STALL,
          "block %d is the final one since %s, and the chain goes on: payments wait until it finalizes again. Compare the nodes with others'."
              .formatted(end.number(), stretch.since().orElseThrow()));
    } else {
      halts.release(STALL);
    }
  }

  /** Whether there is more. */
  private boolean readOn(BlockRef end) {
    Optional<BlockRef> last = scanned.last();
    if (last.isPresent() && !isStillThere(last.get(), end)) {
      return false;
    }
    long from = last.map(block -> block.number() + 1).orElse(market.block());
    if (from > end.number()) {
      return false;
    }
    long number = stride.end(from, end.number());
    BlockRef to = number == end.number() ? end : chain.blockAt(number);
    List<PlacedLog> logs = read(chain::finalLogs, from, number);
    if (!chain.blockAt(number).isSameAs(to)) {
      return true; // replaced while it was read, so it was not final for all nodes: once more
    }
    recorder.record(last, new Chunk(to, logs));
    unreadSince = Optional.empty();
    return number < end.number();
  }

  /** A final block that is replaced is a fork of the whole chain: no machine decides that. */
  private boolean isStillThere(BlockRef last, BlockRef end) {
    if (end.number() < last.number()) {
      return false; // a node that is behind; nothing new
    }
    BlockRef there = chain.blockAt(last.number());
    if (there.isSameAs(last)) {
      halts.release(PART);
      return true;
    }
    halts.halt(
        PART,
        "block %d was final as %s and is now %s: the chain was forked or replaced below its final"
                .formatted(last.number(), last.hash(), there.hash())
            + " block. Compare the nodes with others'; a new chain needs a new database.");
    return false;
  }

  private List<WalletAddress> contracts() {
    return List.of(market.escrow(), market.stake(), market.court());
  }
}
