package dev.assay.quickstart;

import dev.assay.determinism.Ids;
import dev.assay.quickstart.DemoPurchases.Order;
import dev.assay.quickstart.DemoPurchases.Purchase;
import dev.assay.quickstart.DemoReport.Answered;
import dev.assay.quickstart.DemoReport.Figures;
import dev.assay.quickstart.DemoReport.RequesterLine;
import dev.assay.quickstart.DemoReport.WorkerLine;
import dev.assay.quickstart.bench.AuditFigures;
import dev.assay.quickstart.cheat.Cheat;
import dev.assay.quickstart.demo.Library;
import dev.assay.quickstart.demo.Passage;
import dev.assay.quickstart.demo.Screen;
import dev.assay.quickstart.stack.Supervision;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One run of the demo: a new market, strangers who buy and sell on it, and what comes of it. It
 * pulls no strings: it posts jobs as anybody does, waits, and has time go by on the chain.
 */
final class DemoStory {
  /** Enough for each cheat to be met. */
  static final int FEWEST = 60;

  static final int MOST = 100_000;

  private static final Clock CLOCK = Clock.systemUTC();

  /** With the one that shows its answers to the copying, five are honest. */
  private static final DemoMarket.Cast CAST =
      new DemoMarket.Cast(
          4, List.of(Cheat.LEAKING, Cheat.LAZY, Cheat.SUBSTITUTING, Cheat.COPYING), policies());

  private static final int SPOT_PERCENT = 75;

  /** Each takes the market itself a third of a second of one core. */
  private static final int STRICT_PERCENT = 5;

  private static final Duration WEIGHED_EVERY = Duration.ofSeconds(4);

  private final Supervision supervision;
  private final Path checkout;
  private final MarketPorts ports;
  private final Wishes wishes;
  private final DemoBoard board;
  private final SplittableRandom chance;
  private final Ids ids;
  private final AtomicLong residentBytes = new AtomicLong();
  private @Nullable DemoMarket opened;

  /**
   * @param receipt where one is written to
   */
  record Wishes(int jobs, long seed, List<String> questions, Path receipt) {
    Wishes {
      questions = List.copyOf(questions);
    }
  }

  DemoStory(
      Supervision supervision, Path checkout, MarketPorts ports, Screen screen, Wishes wishes) {
    this.supervision = supervision;
    this.checkout = checkout;
    this.ports = ports;
    this.wishes = wishes;
    this.board = new DemoBoard(screen, wishes.jobs(), CLOCK);
    this.chance = new SplittableRandom(wishes.seed());
    this.ids = new Ids(CLOCK, chance.split());
  }

  private static Map<String, String> policies() {
    Map<String, String> policies = new LinkedHashMap<>();
    policies.put("ada", "spot");
    policies.put("grace", "quorum:2/3");
    policies.put("alan", "strict");
    return policies;
  }

  DemoReport run() throws IOException, InterruptedException, SQLException {
    Thread weighing = Thread.ofVirtual().name("memory").start(this::weigh);
    try {
      DemoMarket market =
          DemoMarket.open(supervision, checkout, ports, CAST, part -> board.tell("%s ready", part));
      opened = market;
      board.tell(
          "%d workers sell embeddings, with 1,000 to 10,000 dollars at stake each",
          market.workers().size());
      try (Connection database = market.database()) {
        return run(market, database);
      }
    } finally {
      weighing.interrupt();
    }
  }

  private DemoReport run(DemoMarket market, Connection database)
      throws IOException, InterruptedException, SQLException {
    var purchases = new DemoPurchases(market, database, ids, board);
    var aftermath = new DemoAftermath(market, database, purchases, board);
    List<Order> left = purchases.buyWithCaution(orders(market));
    purchases.buyAll(left);
    aftermath.awaitChecks();
    if (purchases.buyAgain()) {
      aftermath.awaitChecks();
    }
    List<Answered> answers = purchases.answer(wishes.questions());
    aftermath.awaitPaid();
    aftermath.passWindow();
    return report(market, database, purchases, answers);
  }

  DemoMarket market() {
    return Objects.requireNonNull(opened, "the market is not open");
  }

  /** For each requester its part of the library, which goes round again if need be. */
  private List<Order> orders(DemoMarket market) {
    List<Passage> library = Library.read(checkout);
    List<Order> orders = new ArrayList<>();
    for (int i = 0; i < wishes.jobs(); i++) {
      int percent = (int) (100L * i / wishes.jobs());
      int requester = percent < SPOT_PERCENT ? 0 : percent < 100 - STRICT_PERCENT ? 1 : 2;
      orders.add(new Order(market.requesters().get(requester), library.get(i % library.size())));
    }
    Collections.shuffle(orders, Random.from(chance));
    board.tell(
        "%,d sentences are to be bought, of a constitution and of our documents", library.size());
    return orders;
  }

  private DemoReport report(
      DemoMarket market, Connection database, DemoPurchases purchases, List<Answered> answers)
      throws IOException, SQLException {
    var reckoning = new DemoReckoning(market, database);
    List<WorkerLine> workers = reckoning.workers();
    List<RequesterLine> requesters =
        reckoning.requesters(purchases.byRequester(), purchases.againByRequester());
    Purchase shown = purchases.firstOf(reckoning.checkedAndPaid());
    String verified = reckoning.verify(shown.order().requester(), shown.job(), wishes.receipt());
    DemoReckoning.Ledger ledger = reckoning.ledger();
    DemoReckoning.Gas gas = reckoning.gas();
    var figures =
        new Figures(
            AuditFigures.results(database, market.purse()),
            AuditFigures.audits(database, market.purse()),
            (double) gas.paying() / gas.settled(),
            (double) gas.all() / gas.settled(),
            gas.transfer(),
            ledger.balances(),
            ledger.drifted(),
            purchases.firstAnswer(),
            board.elapsed(),
            residentBytes.get() >> 20,
            "./assay verify " + wishes.receipt());
    return new DemoReport(
        workers,
        requesters,
        answers,
        figures,
        new DemoPromises(workers, requesters, figures).beside(wishes.jobs(), purchases, verified));
  }

  private void weigh() {
    try {
      while (true) {
        residentBytes.accumulateAndGet(Usage.residentTogether(ProcessHandle.current()), Math::max);
        Thread.sleep(WEIGHED_EVERY);
      }
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    }
  }
}
