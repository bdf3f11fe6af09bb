package dev.assay.quickstart;

import dev.assay.determinism.Ids;
import dev.assay.protocol.JobId;
import dev.assay.quickstart.DemoMarket.DemoWorker;
import dev.assay.quickstart.DemoReport.Answered;
import dev.assay.quickstart.DemoReport.Expectation;
import dev.assay.quickstart.DemoReport.Figures;
import dev.assay.quickstart.DemoReport.RequesterLine;
import dev.assay.quickstart.DemoReport.WorkerLine;
import dev.assay.quickstart.DemoRequester.Ended;
import dev.assay.quickstart.bench.AuditFigures;
import dev.assay.quickstart.bench.AuditFigures.Cases;
import dev.assay.quickstart.bench.AuditFigures.OfWorker;
import dev.assay.quickstart.cheat.Cheat;
import dev.assay.quickstart.demo.Library;
import dev.assay.quickstart.demo.MeaningIndex;
import dev.assay.quickstart.demo.Passage;
import dev.assay.quickstart.demo.Progress;
import dev.assay.quickstart.demo.Progress.WorkerNow;
import dev.assay.quickstart.demo.Screen;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import dev.assay.quickstart.stack.Supervision;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
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

  /** Of nobody anything is known: requesters order little until they have seen who is who. */
  private static final Duration CAUTIOUSLY_EVERY = Duration.ofMillis(1_200);

  private static final int MOST_WITH_CAUTION = 90;

  /** Then as fast as the workers of a small machine answer. */
  private static final int AT_ONCE = 24;

  private static final int SPOT_PERCENT = 75;

  /** Each takes the market itself a third of a second of one core. */
  private static final int STRICT_PERCENT = 5;

  private static final int TRIES = 5;

  private static final Duration CHECKED_WITHIN = Duration.ofMinutes(4);
  private static final Duration TOLD_WITHIN = Duration.ofMinutes(2);

  private static final Duration WINDOW = Duration.ofDays(2);

  /** Without news for so long, another day goes by on the chain. */
  private static final Duration QUIET = Duration.ofSeconds(6);

  private static final int MOST_DAYS = 40;

  private static final Duration DRAWN_EVERY = Duration.ofMillis(500);

  private static final Duration WEIGHED_EVERY = Duration.ofSeconds(4);

  private static final int HITS = 3;

  private final Supervision supervision;
  private final Path checkout;
  private final MarketPorts ports;
  private final Screen screen;
  private final Wishes wishes;
  private final SplittableRandom chance;
  private final Ids ids;
  private final Instant began;

  private final Queue<Purchase> purchases = new ConcurrentLinkedQueue<>();
  private final MeaningIndex index = new MeaningIndex();
  private final AtomicInteger posted = new AtomicInteger();
  private final AtomicLong residentBytes = new AtomicLong();
  private final AtomicReference<@Nullable Duration> firstAnswer = new AtomicReference<>();
  private volatile String step = "";
  private long lastDrawn;
  private @Nullable DemoMarket opened;

  /**
   * @param receipt where one is written to
   */
  record Wishes(int jobs, long seed, List<String> questions, Path receipt) {
    Wishes {
      questions = List.copyOf(questions);
    }
  }

  private record Order(DemoRequester requester, Passage passage) {}

  /** An order that was answered. */
  private record Purchase(Order order, JobId job, String worker, boolean isAgain) {}

  DemoStory(
      Supervision supervision, Path checkout, MarketPorts ports, Screen screen, Wishes wishes) {
    this.supervision = supervision;
    this.checkout = checkout;
    this.ports = ports;
    this.screen = screen;
    this.wishes = wishes;
    this.began = began();
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

  /** When the launcher was started, which may have built first; else this process. */
  private static Instant began() {
    String launched = System.getProperty("assay.began");
    return launched != null
        ? Instant.ofEpochSecond(Long.parseLong(launched))
        : ProcessHandle.current().info().startInstant().orElseGet(CLOCK::instant);
  }

  DemoReport run() throws IOException, InterruptedException, SQLException {
    Thread weighing = Thread.ofVirtual().name("memory").start(this::weigh);
    try {
      opened = DemoMarket.open(supervision, checkout, ports, CAST, part -> tell("%s ready", part));
      tell(
          "%d workers sell embeddings, with 1,000 to 10,000 dollars at stake each",
          market().workers().size());
      try (Connection database = market().database()) {
        List<Order> orders = orders();
        buy(database, buyWithCaution(database, orders), false);
        tell("%,d jobs are answered", purchases.size());
        awaitChecks(database);
        buyAgain(database);
        List<Answered> answers = answer();
        awaitPaid(database);
        passWindow(database);
        return report(new DemoReckoning(market(), database), database, answers);
      }
    } finally {
      weighing.interrupt();
    }
  }

  DemoMarket market() {
    return Objects.requireNonNull(opened, "the market is not open");
  }

  /** For each requester its part of the library, which goes round again if need be. */
  private List<Order> orders() {
    List<Passage> library = Library.read(checkout);
    List<Order> orders = new ArrayList<>();
    for (int i = 0; i < wishes.jobs(); i++) {
      int percent = (int) (100L * i / wishes.jobs());
      int requester = percent < SPOT_PERCENT ? 0 : percent < 100 - STRICT_PERCENT ? 1 : 2;
      orders.add(new Order(market().requesters().get(requester), library.get(i % library.size())));
    }
    Collections.shuffle(orders, Random.from(chance));
    tell("%,d sentences are to be bought, of a constitution and of our documents", library.size());
    return orders;
  }

  /**
   * A job now and then, until all cheats are before the Court.
   *
   * @return what is still to be bought
   */
  private List<Order> buyWithCaution(Connection database, List<Order> orders)
      throws InterruptedException, SQLException {
    tell("nobody is known yet: little is ordered, and all answers are checked");
    List<Order> left = new ArrayList<>(orders);
    Set<String> cheats =
        market().workers().stream()
            .filter(worker -> !worker.isHonest())
            .map(worker -> worker.wallet().hex())
            .collect(Collectors.toSet());
    Set<String> accused = new HashSet<>();
    List<Future<?>> buying = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      while (buying.size() < Math.min(MOST_WITH_CAUTION, orders.size())
          && !accused.containsAll(cheats)) {
        Order order = ofOneWorker(left);
        buying.add(threads.submit(() -> buy(order, false)));
        Thread.sleep(CAUTIOUSLY_EVERY);
        for (String wallet : AuditFigures.casesByWorker(database).keySet()) {
          if (accused.add(wallet)) {
            tell("%s is before the Court, and gets no more jobs", market().nameOf(wallet));
          }
        }
        draw(database);
      }
      await(buying);
    }
    return left;
  }

  /**
   * Takes the next that is one worker's alone. Of eight workers three in a quorum may not judge
   * each other, and too few would be left for a committee.
   */
  private static Order ofOneWorker(List<Order> left) {
    for (Order order : left) {
      if (order.requester().verification().equals("spot")) {
        left.remove(order);
        return order;
      }
    }
    return left.removeFirst();
  }

  private void buy(Connection database, List<Order> orders, boolean isAgain)
      throws InterruptedException, SQLException {
    var free = new Semaphore(AT_ONCE);
    List<Future<?>> buying = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Order order : orders) {
        free.acquire();
        buying.add(
            threads.submit(() -> {
              try {
                buy(order, isAgain);
              } finally {
                free.release();
              }
            }));
        draw(database);
      }
      await(buying);
    }
  }

  private static void await(List<Future<?>> buying) throws InterruptedException {
    for (Future<?> one : buying) {
      try {
        one.get();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof RuntimeException cause
            ? cause
            : new IllegalStateException("buying", e.getCause());
      }
    }
  }

  /** A job that ends without an answer costs nothing, and another is posted. */
  private void buy(Order order, boolean isAgain) {
    posted.incrementAndGet();
    for (int i = 0; i < TRIES; i++) {
      Ended job = order.requester().buys(ids.next(), List.of(order.passage().text()));
      if (job.isAnswered()) {
        firstAnswer.compareAndSet(null, Duration.between(began, CLOCK.instant()));
        index.put(order.passage(), job.vectors().getFirst());
        purchases.add(new Purchase(order, job.id(), job.worker().hex(), isAgain));
        return;
      }
    }
  }

  /** What the accused have answered, right or wrong: nobody believes it any more. */
  private void buyAgain(Connection database) throws InterruptedException, SQLException {
    Set<String> accused = AuditFigures.casesByWorker(database).keySet();
    List<Order> doubtful =
        purchases.stream()
            .filter(purchase -> accused.contains(purchase.worker()))
            .map(Purchase::order)
            .toList();
    if (!doubtful.isEmpty()) {
      tell("%d answers of workers before the Court are bought again from others", doubtful.size());
      buy(database, doubtful, true);
      awaitChecks(database);
    }
  }

  /** The question is embedded through the market too. */
  private List<Answered> answer() {
    List<Answered> answers = new ArrayList<>();
    for (String question : wishes.questions()) {
      Ended job = market().requesters().getFirst().buys(ids.next(), List.of(question));
      if (!job.isAnswered()) {
        throw new Refusal(
            ExitCode.SOFTWARE,
            "The question was not answered: " + job.job().path("because").asString());
      }
      answers.add(new Answered(question, index.nearest(job.vectors().getFirst(), HITS)));
    }
    return answers;
  }

  /** A figure that a wait is for. */
  @FunctionalInterface
  private interface Left {
    long count() throws SQLException;
  }

  private void await(Connection database, String what, Duration within, Left left)
      throws SQLException, InterruptedException {
    long until = System.nanoTime() + within.toNanos();
    long count = left.count();
    while (count > 0) {
      if (System.nanoTime() > until) {
        throw new Refusal(
            ExitCode.SOFTWARE, "%d %s after %d s.".formatted(count, what, within.toSeconds()));
      }
      draw(database);
      Thread.sleep(250);
      count = left.count();
    }
  }

  private void awaitChecks(Connection database) throws SQLException, InterruptedException {
    await(
        database,
        "results are not checked",
        CHECKED_WITHIN,
        () -> AuditFigures.unfinished(database, market().purse()));
    tell("all results were checked, or passed by in the draw");
  }

  private void awaitPaid(Connection database) throws SQLException, InterruptedException {
    await(
        database,
        "results are not paid",
        TOLD_WITHIN,
        () -> AuditFigures.unpaid(database, market().purse()));
    await(
        database,
        "verdicts are not before the Court",
        TOLD_WITHIN,
        () -> {
          OfWorker all =
              AuditFigures.byWorker(database, market().purse()).values().stream()
                  .reduce(OfWorker.NOTHING, OfWorker::plus);
          return all.invalid() - all.cases();
        });
    tell("what was not refused is paid on the chain");
  }

  /**
   * Two days in which the accused may appeal, and then as many more as the Court's brake takes: the
   * judged cases of a day take no more than a twentieth of all stake.
   */
  private void passWindow(Connection database) throws SQLException, InterruptedException {
    LocalChain chain = market().chain();
    chain.pass(WINDOW.plusMinutes(1));
    long days = WINDOW.toDays();
    long open = open(database);
    long since = System.nanoTime();
    while (open > 0 && days < MOST_DAYS) {
      Thread.sleep(250);
      draw(database);
      long now = open(database);
      if (now != open) {
        open = now;
        since = System.nanoTime();
      } else if (System.nanoTime() - since > QUIET.toNanos()) {
        chain.pass(Duration.ofDays(1));
        days++;
        since = System.nanoTime();
      }
    }
    var stake = market().contracts().stakeContract();
    await(
        database,
        "requesters have not their compensation",
        TOLD_WITHIN,
        () ->
            market().requesters().stream()
                .filter(one -> !chain.read(stake.claimable(one.wallet())).isZero())
                .count());
    tell("%d days later, on the chain: nobody has appealed, and all cases are closed", days);
  }

  private static long open(Connection database) throws SQLException {
    return AuditFigures.casesByWorker(database).values().stream()
        .mapToLong(of -> of.cases() - of.closed())
        .sum();
  }

  private DemoReport report(DemoReckoning reckoning, Connection database, List<Answered> answers)
      throws IOException, SQLException {
    List<WorkerLine> workers = reckoning.workers();
    List<RequesterLine> requesters =
        reckoning.requesters(
            countByRequester(purchases.stream().toList()),
            countByRequester(purchases.stream().filter(Purchase::isAgain).toList()));
    Set<JobId> complete = reckoning.checkedAndPaid();
    Purchase shown =
        purchases.stream()
            .filter(purchase -> complete.contains(purchase.job()))
            .findFirst()
            .orElseThrow(() -> new Refusal(ExitCode.SOFTWARE, "No job was checked and paid."));
    String verified = reckoning.verify(shown.order().requester(), shown.job(), wishes.receipt());
    DemoReckoning.Ledger ledger = reckoning.ledger();
    DemoReckoning.Gas gas = reckoning.gas();
    var figures =
        new Figures(
            AuditFigures.results(database, market().purse()),
            AuditFigures.audits(database, market().purse()),
            (double) gas.paying() / gas.settled(),
            (double) gas.all() / gas.settled(),
            gas.transfer(),
            ledger.balances(),
            ledger.drifted(),
            Objects.requireNonNullElse(firstAnswer.get(), Duration.ZERO),
            Duration.between(began, CLOCK.instant()),
            residentBytes.get() >> 20,
            "./assay verify " + wishes.receipt());
    return new DemoReport(
        workers,
        requesters,
        answers,
        figures,
        expectations(workers, requesters, figures, verified));
  }

  private static Map<String, Long> countByRequester(List<Purchase> some) {
    return some.stream()
        .collect(
            Collectors.groupingBy(
                purchase -> purchase.order().requester().name(), Collectors.counting()));
  }

  private List<Expectation> expectations(
      List<WorkerLine> workers, List<RequesterLine> requesters, Figures figures, String verified) {
    List<Expectation> expectations = new ArrayList<>();
    expectations.add(
        new Expectation(
            "each job was answered",
            purchases.size() == posted.get() && posted.get() >= wishes.jobs(),
            "%,d of %,d".formatted(purchases.size(), posted.get())));
    for (WorkerLine worker : workers) {
      if (!worker.isHonest()) {
        expectations.add(
            new Expectation(
                worker.name() + " was caught, judged and slashed",
                worker.flagged() > 0
                    && worker.flagged() == worker.audited()
                    && worker.invalid() > 0
                    && !worker.slashed().isZero(),
                "%d of %d audited answers flagged, %d found invalid, %s dollars taken"
                    .formatted(
                        worker.flagged(),
                        worker.audited(),
                        worker.invalid(),
                        DemoReport.dollars(worker.slashed()))));
      }
    }
    List<WorkerLine> honest = workers.stream().filter(WorkerLine::isHonest).toList();
    List<String> touched =
        honest.stream().filter(worker -> !worker.isUntouched()).map(WorkerLine::name).toList();
    expectations.add(
        new Expectation(
            "no honest worker was touched",
            touched.isEmpty(),
            touched.isEmpty() ? "%d of them".formatted(honest.size()) : touched.toString()));
    List<RequesterLine> harmed =
        requesters.stream()
            .filter(one -> !one.refunded().isZero() || !one.compensated().isZero())
            .toList();
    expectations.add(
        new Expectation(
            "who was harmed has the price back, and the Court's compensation",
            !harmed.isEmpty()
                && harmed.stream()
                    .allMatch(
                        one -> !one.awarded().isZero() && one.compensated().equals(one.awarded())),
            harmed.stream()
                .map(one ->
                    "%s %s and %s dollars"
                        .formatted(
                            one.name(),
                            DemoReport.dollars(one.refunded()),
                            DemoReport.dollars(one.compensated())))
                .collect(Collectors.joining(", "))));
    expectations.add(
        new Expectation(
            "ledger and chain are equal",
            figures.drifted() == 0 && figures.balances() > 0,
            "%d balances, %d differ".formatted(figures.balances(), figures.drifted())));
    expectations.add(
        new Expectation("a receipt holds", verified.equals(VerifyCommand.ON_CHAIN), verified));
    return expectations;
  }

  /** Twice a second at most, and only where somebody watches. */
  private void draw(Connection database) throws SQLException {
    long now = System.nanoTime();
    if (!screen.redraws() || now - lastDrawn < DRAWN_EVERY.toNanos()) {
      return;
    }
    lastDrawn = now;
    Map<String, OfWorker> figures = AuditFigures.byWorker(database, market().purse());
    Map<String, Cases> cases = AuditFigures.casesByWorker(database);
    List<WorkerNow> workers = new ArrayList<>();
    for (DemoWorker worker : market().workers()) {
      String wallet = worker.wallet().hex();
      OfWorker of = figures.getOrDefault(wallet, OfWorker.NOTHING);
      workers.add(
          new WorkerNow(worker.name(), of.results(), of.flagged(), cases.containsKey(wallet)));
    }
    screen.show(
        new Progress(
                step,
                wishes.jobs(),
                purchases.size(),
                DemoReport.dollars(AuditFigures.paid(database)),
                AuditFigures.audits(database, market().purse()),
                cases.values().stream().mapToLong(Cases::cases).sum(),
                workers)
            .lines(screen));
  }

  private void tell(String format, Object... values) {
    Duration since = Duration.between(began, CLOCK.instant());
    step = format.formatted(values);
    screen.say("%6.1f s  %s".formatted(since.toMillis() / 1e3, step));
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
