package dev.assay.settlement.watch;

/**
 * How many blocks are asked for at once. A node refuses what is too many for it, by blocks, by logs
 * or by bytes, and need not say how many it would take: so half of what failed is tried next, and
 * twice as many after so many successes that to fail again costs little.
 */
final class Stride {
  private static final int ENOUGH_SUCCESSES = 100;

  private final int most;
  private int blocks;
  private int successes;

  Stride(int most) {
    this.most = most;
    this.blocks = most;
  }

  /** The last block of those that are asked for from this one on. */
  long end(long from, long last) {
    return Math.min(last, from + blocks - 1);
  }

  void failed(long from, long to) {
    blocks = (int) Math.max(1, (to - from + 1) / 2);
    successes = 0;
  }

  void succeeded() {
    successes++;
    if (successes == ENOUGH_SUCCESSES) {
      blocks = (int) Math.min(most, 2L * blocks);
      successes = 0;
    }
  }
}
