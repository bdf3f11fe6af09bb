package dev.assay.settlement.transaction;

/** What a transaction is for. The first is the most urgent. */
public enum Purpose {
  /** Of the beacon: late, it costs the operator its bond. */
  DRAW,
  PIN,
  SEAL,
  COMPENSATE,
  OPEN_CASE,
  CLOSE_CASE,
  SETTLE,
  OPEN_ACCOUNT,
  PAYOUT,
  CLAIM
}
