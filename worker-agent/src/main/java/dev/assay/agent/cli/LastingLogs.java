package dev.assay.agent.cli;

import java.util.logging.LogManager;

/**
 * Keeps the log open during shutdown: the JDK's own manager closes it in a hook that races with
 * ours, and the last line of a worker's life ("Stopped.") would be lost by chance.
 */
public final class LastingLogs extends LogManager {
  /** Must run before the first {@code Logger} is made. */
  static void install() {
    System.setProperty("java.util.logging.manager", LastingLogs.class.getName());
  }

  @Override
  public void reset() {}
}
