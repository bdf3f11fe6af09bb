package dev.assay.quickstart.demo;

import java.util.ArrayList;
import java.util.List;

/**
 * How far a demo is, to be drawn again and again.
 *
 * @param step what is being done
 * @param wanted jobs
 * @param paid dollars, on the chain
 * @param checks executions that checked others
 * @param cases at the Court
 */
public record Progress(
    String step,
    int wanted,
    int answered,
    String paid,
    long checks,
    long cases,
    List<WorkerNow> workers) {
  private static final int WIDTH = 32;

  public Progress {
    workers = List.copyOf(workers);
  }

  /**
   * @param results for requesters
   * @param flagged of them, by a verifier
   * @param isAccused before the Court
   */
  public record WorkerNow(String name, long results, long flagged, boolean isAccused) {}

  /** None wider than 78 characters, so that no terminal breaks them. */
  public List<String> lines(Screen screen) {
    List<String> lines = new ArrayList<>();
    lines.add("  %-76.76s".formatted(step).stripTrailing());
    lines.add(
        "  %-13s %s %,7d of %,d".formatted("answered", bar(answered, wanted), answered, wanted));
    long most = workers.stream().mapToLong(WorkerNow::results).max().orElse(0);
    for (WorkerNow worker : workers) {
      String line =
          "  %-13s %s %,7d".formatted(worker.name(), bar(worker.results(), most), worker.results());
      if (worker.isAccused()) {
        line += screen.in(Screen.Colour.RED, "  before the Court");
      } else if (worker.flagged() > 0) {
        line += screen.in(Screen.Colour.RED, "  %d flagged".formatted(worker.flagged()));
      }
      lines.add(line);
    }
    lines.add("  %-13s %,d checks, %,d cases, $%s paid".formatted("market", checks, cases, paid));
    return lines;
  }

  private static String bar(long part, long whole) {
    int full = whole <= 0 ? 0 : (int) Math.min(WIDTH, WIDTH * part / whole);
    return "█".repeat(full) + "░".repeat(WIDTH - full);
  }
}
