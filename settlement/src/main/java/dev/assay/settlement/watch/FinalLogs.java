package dev.assay.settlement.watch;

/**
 * Whoever keeps what the contracts logged. Each block is shown once, in order, when it is final.
 */
public interface FinalLogs {
  /** Called in the transaction that moves the place up to which the chain was read. */
  void apply(Chunk chunk);
}
