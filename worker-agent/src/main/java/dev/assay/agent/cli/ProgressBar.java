package dev.assay.agent.cli;

/**
 * How far long work is, on one line of a terminal; a line at each quarter where no person reads.
 */
final class ProgressBar implements AutoCloseable {
  private static final int WIDTH = 30;

  private final Surroundings surroundings;
  private final String name;
  private final long whole;
  private long shownQuarter = -1;
  private boolean isOpen;

  ProgressBar(Surroundings surroundings, String name, long whole) {
    this.surroundings = surroundings;
    this.name = name;
    this.whole = whole;
  }

  void show(long done, String words) {
    long bounded = Math.clamp(done, 0, whole);
    if (surroundings.isTerminal()) {
      int filled = (int) (WIDTH * bounded / whole);
      surroundings
          .err()
          .print(
              "\r\u001b[K%s [%s%s] %3d %%  %s"
                  .formatted(
                      name,
                      "#".repeat(filled),
                      ".".repeat(WIDTH - filled),
                      100 * bounded / whole,
                      words));
      surroundings.err().flush();
      isOpen = true;
    } else if (4 * bounded / whole > shownQuarter) {
      shownQuarter = 4 * bounded / whole;
      surroundings.err().println("%s: %d %%, %s".formatted(name, 100 * bounded / whole, words));
    }
  }

  @Override
  public void close() {
    if (isOpen) {
      surroundings.err().println();
    }
  }
}
