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

  private final ChainClient chain;
  private final Deployment market;
  private final ScannedBlock scanned;
  private final RecordChunk recorder;
  private final TellEarly early;
  private final WatchSettings settings;
  private final Leadership leadership;
  private final Halts halts;

  WatchChain(
      ChainClient chain,
      Market market,
      ScannedBlock scanned,
      RecordChunk recorder,
      TellEarly early,
      WatchSettings settings,
      Leadership leadership,
      Halts halts) {
    this.chain = chain;
    this.market = market.deployment();
    this.scanned = scanned;
    this.recorder = recorder;
    this.early = early;
    this.settings = settings;
    this.leadership = leadership;
    this.halts = halts;
  }

  @Scheduled(fixedDelayString = "${settlement.watch.every:1s}")
  void watch() {
    if (!leadership.isOurs()) {
      return;
    }
    try {
      step();
    } catch (ChainUnavailable e) {
      LOG.atDebug().setCause(e).log("The chain is not read now");
    }
  }

  /** Reads all that is final and not yet kept, then what is above it. */
  void step() {
    BlockRef end = chain.finalizedBlock();
    while (readOn(end)) {}
    BlockRef head = chain.latestBlock();
    Optional<BlockRef> known = scanned.last(); // none as long as the contracts are not final
    if (known.isPresent() && head.number() > known.get().number()) {
      early.tell(logs(known.get().number() + 1, head.number()));
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
    long number = Math.min(end.number(), from + settings.blocks() - 1);
    BlockRef to = number == end.number() ? end : chain.blockAt(number);
    List<PlacedLog> logs = logs(from, number);
    if (!chain.blockAt(number).isSameAs(to)) {
      return true; // replaced while it was read, so it was not final for all nodes: once more
    }
    recorder.record(last, new Chunk(to, logs));
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

  private List<PlacedLog> logs(long from, long to) {
    List<WalletAddress> contracts = List.of(market.escrow(), market.stake(), market.court());
    return chain.logs(contracts, from, to);
  }
}
