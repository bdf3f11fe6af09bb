package dev.assay.settlement.transaction;

/** How what a transaction is for stands on the chain. */
public enum Standing {
  WANTED,
  /** It has come about, by this transaction or another. */
  DONE,
  /** It can never come about. */
  IMPOSSIBLE
}
