package dev.assay.quickstart;

import dev.assay.quickstart.bench.AuditFigures;
import dev.assay.quickstart.bench.AuditFigures.OfWorker;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * What follows from purchases by itself: they are checked and paid, and whom a cheat has harmed is
 * made whole. It is only waited for, and has days go by on the chain.
 */
final class DemoAftermath {
  private static final Duration CHECKED_WITHIN = Duration.ofMinutes(4);
  private static final Duration TOLD_WITHIN = Duration.ofMinutes(2);
  private static final Duration LOOKED_EVERY = Duration.ofMillis(250);

  /** In which the accused may appeal. */
  private static final Duration WINDOW = Duration.ofDays(2);

  /** Without news for so long, another day goes by on the chain. */
  private static final Duration QUIET = Duration.ofSeconds(6);

  private static final int MOST_DAYS = 40;

  private final DemoMarket market;
  private final Connection database;
  private final DemoPurchases purchases;
  private final DemoBoard board;

  /** A figure that a wait is for. */
  @FunctionalInterface
  private interface Left {
    long count() throws SQLException;
  }

  DemoAftermath(DemoMarket market, Connection database, DemoPurchases purchases, DemoBoard board) {
    this.market = market;
    this.database = database;
    this.purchases = purchases;
    this.board = board;
  }

  void awaitChecks() throws SQLException, InterruptedException {
    await(
        "results are not checked",
        CHECKED_WITHIN,
        () -> AuditFigures.unfinished(database, market.purse()));
    board.tell("all results were checked, or passed by in the draw");
  }

  void awaitPaid() throws SQLException, InterruptedException {
    await("results are not paid", TOLD_WITHIN, () -> AuditFigures.unpaid(database, market.purse()));
    await(
        "verdicts are not before the Court",
        TOLD_WITHIN,
        () -> {
          OfWorker all =
              AuditFigures.byWorker(database, market.purse()).values().stream()
                  .reduce(OfWorker.NOTHING, OfWorker::plus);
          return all.invalid() - all.cases();
        });
    board.tell("what was not refused is paid on the chain");
  }

  /**
   * Two days in which the accused may appeal, and then as many more as the Court's brake takes: the
   * judged cases of a day take no more than a twentieth of all stake.
   */
  void passWindow() throws SQLException, InterruptedException {
    LocalChain chain = market.chain();
    chain.pass(WINDOW.plusMinutes(1));
    long days = WINDOW.toDays();
    long open = openCases();
    long since = System.nanoTime();
    while (open > 0 && days < MOST_DAYS) {
      Thread.sleep(LOOKED_EVERY);
      draw();
      long now = openCases();
      if (now != open) {
        open = now;
        since = System.nanoTime();
      } else if (System.nanoTime() - since > QUIET.toNanos()) {
        chain.pass(Duration.ofDays(1));
        days++;
        since = System.nanoTime();
      }
    }
    var stake = market.contracts().stakeContract();
    await(
        "requesters have not their compensation",
        TOLD_WITHIN,
        () ->
            market.requesters().stream()
                .filter(one -> !chain.read(stake.claimable(one.wallet())).isZero())
                .count());
    board.tell("%d days later, on the chain: nobody has appealed, and all cases are closed", days);
  }

  private long openCases() throws SQLException {
    return AuditFigures.casesByWorker(database).values().stream()
        .mapToLong(of -> of.cases() - of.closed())
        .sum();
  }

  private void await(String what, Duration within, Left left)
      throws SQLException, InterruptedException {
    long until = System.nanoTime() + within.toNanos();
    long count = left.count();
    while (count > 0) {
      if (System.nanoTime() > until) {
        throw new Refusal(
            ExitCode.SOFTWARE, "%d %s after %d s.".formatted(count, what, within.toSeconds()));
      }
      draw();
      Thread.sleep(LOOKED_EVERY);
      count = left.count();
    }
  }

  private void draw() throws SQLException {
    board.draw(market, database, purchases.size());
  }
}
