package dev.assay.quickstart;

/**
 * Makes a block a second as long as something waits for blocks to come: a deposit to become final,
 * a seal for its draw block. The node by itself makes one for each transaction only, and one a
 * second for ever would fill the disk of a developer who does nothing.
 */
final class BlockMaker implements Runnable {
  /** The delay of the draw, then finality, then some. */
  private static final long QUIET_AFTER = 16;

  private static final long EVERY_MILLIS = 1_000;

  private final LocalChain chain;
  private long seen;
  private long used;

  BlockMaker(LocalChain chain) {
    this.chain = chain;
    this.seen = chain.height();
    this.used = seen; // after a start the node knows no state of its older blocks
  }

  /** Ends with its thread, or with the node. */
  @Override
  public void run() {
    try {
      while (true) {
        Thread.sleep(EVERY_MILLIS);
        makeBlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      // The node is gone, and with it the need for blocks; who watches the node tells why.
    }
  }

  private void makeBlock() {
    for (long height = chain.height(); seen < height; ) {
      seen++;
      if (chain.isUsed(seen)) {
        used = seen;
      }
    }
    if (seen < used + QUIET_AFTER || chain.isWaitedFor()) {
      chain.mine(1);
    }
  }
}
