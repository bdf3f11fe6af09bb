package dev.assay.quickstart.bench;

/** What the libraries that are measured, or measure, say about themselves. */
final class PeerLogs {
  private PeerLogs() {}

  /** Called before the first of them is used: it would stand among the figures. */
  static void silence() {
    System.setProperty("logback.configurationFile", "dev/assay/quickstart/bench/logback-bench.xml");
  }
}
