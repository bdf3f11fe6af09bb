package dev.assay.quickstart;

import dev.assay.quickstart.DemoMarket.DemoWorker;
import dev.assay.quickstart.bench.AuditFigures;
import dev.assay.quickstart.bench.AuditFigures.Cases;
import dev.assay.quickstart.bench.AuditFigures.OfWorker;
import dev.assay.quickstart.demo.Progress;
import dev.assay.quickstart.demo.Progress.WorkerNow;
import dev.assay.quickstart.demo.Screen;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What whoever watches a demo sees of it: a line for each step, and how far it is. */
final class DemoBoard {
  private static final Duration DRAWN_EVERY = Duration.ofMillis(500);

  private final Screen screen;
  private final int wanted;
  private final Clock clock;
  private final Instant began;
  private String step = "";
  private long lastDrawn;

  /**
   * @param wanted jobs
   */
  DemoBoard(Screen screen, int wanted, Clock clock) {
    this.screen = screen;
    this.wanted = wanted;
    this.clock = clock;
    this.began = began(clock);
  }

  /** When the launcher was started, which may have built first; else this process. */
  private static Instant began(Clock clock) {
    String launched = System.getProperty("assay.began");
    return launched != null
        ? Instant.ofEpochSecond(Long.parseLong(launched))
        : ProcessHandle.current().info().startInstant().orElseGet(clock::instant);
  }

  /** Since the command was given. */
  Duration elapsed() {
    return Duration.between(began, clock.instant());
  }

  synchronized void tell(String format, Object... values) {
    step = format.formatted(values);
    screen.say("%6.1f s  %s".formatted(elapsed().toMillis() / 1e3, step));
  }

  /** Twice a second at most, and only where somebody watches. */
  synchronized void draw(DemoMarket market, Connection database, int answered) throws SQLException {
    long now = System.nanoTime();
    if (!screen.redraws() || now - lastDrawn < DRAWN_EVERY.toNanos()) {
      return;
    }
    lastDrawn = now;
    Map<String, OfWorker> figures = AuditFigures.byWorker(database, market.purse());
    Map<String, Cases> cases = AuditFigures.casesByWorker(database);
    List<WorkerNow> workers = new ArrayList<>();
    for (DemoWorker worker : market.workers()) {
      String wallet = worker.wallet().hex();
      OfWorker of = figures.getOrDefault(wallet, OfWorker.NOTHING);
      workers.add(
          new WorkerNow(worker.name(), of.results(), of.flagged(), cases.containsKey(wallet)));
    }
    screen.show(
        new Progress(
                step,
                wanted,
                answered,
                DemoReport.dollars(AuditFigures.paid(database)),
                AuditFigures.audits(database, market.purse()),
                cases.values().stream().mapToLong(Cases::cases).sum(),
                workers)
            .lines(screen));
  }
}
