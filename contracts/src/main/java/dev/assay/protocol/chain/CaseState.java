package dev.assay.protocol.chain;

/** Where a case of the Court stands. */
public enum CaseState {
  NONE,
  /** Frozen; the accused may appeal until the deadline. */
  OPEN,
  /** The arbiter may rule until the deadline; unruled, the case falls. */
  APPEALED,
  /** Upheld; collected as far as the day's brake allows. */
  DUE,
  /** Slashed; the harmed requester is still to be named. */
  HELD,
  CLOSED;

  static CaseState of(long number) {
    if (number < 0 || number >= values().length) {
      throw new IllegalArgumentException("A case's state is 0 to 5, not %d.".formatted(number));
    }
    return values()[(int) number];
  }
}
