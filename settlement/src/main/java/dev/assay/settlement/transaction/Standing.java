package dev.assay.settlement.transaction;

/** How what a transaction is for stands on the chain. */
public enum Standing {
  WANTED,
  /** Another, which the contract may take, has been planned in its place. */
  REPLACED,
  /** It has come about, by this transaction or another. */
  DONE,
  /** It can never come about. */
  IMPOSSIBLE
}
