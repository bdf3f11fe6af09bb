package dev.assay.agent.cli;

/** How the agent ends, by BSD's sysexits, so that a supervisor can tell "retry" from "call me". */
final class ExitCode {
  static final int OK = 0;

  /** The command line is wrong. */
  static final int USAGE = 64;

  /** Something the agent needs is not there; {@code doctor} and {@code status} say what. */
  static final int UNAVAILABLE = 69;

  /** Our own fault. */
  static final int INTERNAL = 70;

  /** The home cannot be made or written. */
  static final int CANNOT_CREATE = 73;

  /** Another agent runs in this home. */
  static final int IN_USE = 75;

  /** The market refused for good: asking again would not help. */
  static final int REFUSED = 76;

  /** A setting is missing or malformed. */
  static final int CONFIGURATION = 78;

  private ExitCode() {}
}
