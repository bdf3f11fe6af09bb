package dev.assay.protocol.audit;

/** What follows from an audit. */
public enum Ruling {
  /** The result is paid, and the worker has one more pass. */
  CLEARED,
  /** A verifier has flagged the result: that takes nothing yet, a committee is drawn. */
  TO_COMMITTEE,
  /** Nobody could tell; others are drawn, of another profile first. */
  AGAIN,
  /** Nobody could tell after all draws, or the rule itself is in doubt: paid, and not counted. */
  UNSCORED,
  /** The result is not paid, and a case is filed with the Court. */
  REJECTED
}
