package dev.assay.quickstart;

import dev.assay.determinism.Ids;
import dev.assay.protocol.JobId;
import dev.assay.quickstart.DemoReport.Answered;
import dev.assay.quickstart.DemoRequester.Ended;
import dev.assay.quickstart.bench.AuditFigures;
import dev.assay.quickstart.demo.MeaningIndex;
import dev.assay.quickstart.demo.Passage;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the requesters of a demo buy, and what they have got for it. */
final class DemoPurchases {
  /** Of nobody anything is known: requesters order little until they have seen who is who. */
  private static final Duration CAUTIOUSLY_EVERY = Duration.ofMillis(1_200);

  private static final int MOST_WITH_CAUTION = 90;

  /** Then as fast as the workers of a small machine answer. */
  private static final int AT_ONCE = 24;

  private static final int TRIES = 5;
  private static final int HITS = 3;

  private final DemoMarket market;
  private final Connection database;
  private final Ids ids;
  private final DemoBoard board;

  private final Queue<Purchase> purchases = new ConcurrentLinkedQueue<>();
  private final MeaningIndex index = new MeaningIndex();
  private final AtomicInteger posted = new AtomicInteger();
  private final AtomicReference<@Nullable Duration> firstAnswer = new AtomicReference<>();

  /** A passage that somebody wants the meaning of. */
  record Order(DemoRequester requester, Passage passage) {}

  /**
   * An order that was answered.
   *
   * @param isAgain because nobody believes its first answer any more
   */
  record Purchase(Order order, JobId job, String worker, boolean isAgain) {}

  DemoPurchases(DemoMarket market, Connection database, Ids ids, DemoBoard board) {
    this.market = market;
    this.database = database;
    this.ids = ids;
    this.board = board;
  }

  /**
   * A job now and then, until all cheats are before the Court.
   *
   * @return what is still to be bought
   */
  List<Order> buyWithCaution(List<Order> orders) throws InterruptedException, SQLException {
    board.tell("nobody is known yet: little is ordered, and all answers are checked");
    List<Order> left = new ArrayList<>(orders);
    Set<String> cheats =
        market.workers().stream()
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
            board.tell("%s is before the Court, and gets no more jobs", market.nameOf(wallet));
          }
        }
        draw();
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

  /** As fast as they are answered. */
  void buyAll(List<Order> orders) throws InterruptedException, SQLException {
    buyAll(orders, false);
    board.tell("%,d jobs are answered", purchases.size());
  }

  /**
   * Buys what the accused have answered, right or wrong: nobody believes it any more.
   *
   * @return whether there was any
   */
  boolean buyAgain() throws InterruptedException, SQLException {
    Set<String> accused = AuditFigures.casesByWorker(database).keySet();
    List<Order> doubtful =
        purchases.stream()
            .filter(purchase -> accused.contains(purchase.worker()))
            .map(Purchase::order)
            .toList();
    if (doubtful.isEmpty()) {
      return false;
    }
    board.tell(
        "%d answers of workers before the Court are bought again from others", doubtful.size());
    buyAll(doubtful, true);
    return true;
  }

  private void buyAll(List<Order> orders, boolean isAgain)
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
        draw();
      }
      await(buying);
    }
  }

  /** A job that ends without an answer costs nothing, and another is posted. */
  private void buy(Order order, boolean isAgain) {
    posted.incrementAndGet();
    for (int i = 0; i < TRIES; i++) {
      Ended job = order.requester().buys(ids.next(), List.of(order.passage().text()));
      if (job.isAnswered()) {
        firstAnswer.compareAndSet(null, board.elapsed());
        index.put(order.passage(), job.vectors().getFirst());
        purchases.add(new Purchase(order, job.id(), job.worker().hex(), isAgain));
        return;
      }
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

  /** Finds what is nearest in meaning. The questions are embedded through the market too. */
  List<Answered> answer(List<String> questions) {
    List<Answered> answers = new ArrayList<>();
    for (String question : questions) {
      Ended job = market.requesters().getFirst().buys(ids.next(), List.of(question));
      if (!job.isAnswered()) {
        throw new Refusal(
            ExitCode.SOFTWARE,
            "The question was not answered: " + job.job().path("because").asString());
      }
      answers.add(new Answered(question, index.nearest(job.vectors().getFirst(), HITS)));
    }
    return answers;
  }

  /** How many were answered. */
  int size() {
    return purchases.size();
  }

  /** How many were wanted, those that were bought again among them. */
  int posted() {
    return posted.get();
  }

  /** After how long; zero if there was none. */
  Duration firstAnswer() {
    Duration first = firstAnswer.get();
    return first == null ? Duration.ZERO : first;
  }

  Purchase firstOf(Set<JobId> jobs) {
    return purchases.stream()
        .filter(purchase -> jobs.contains(purchase.job()))
        .findFirst()
        .orElseThrow(() -> new Refusal(ExitCode.SOFTWARE, "No job was checked and paid."));
  }

  Map<String, Long> byRequester() {
    return byRequester(_ -> true);
  }

  Map<String, Long> againByRequester() {
    return byRequester(Purchase::isAgain);
  }

  private Map<String, Long> byRequester(Predicate<Purchase> which) {
    return purchases.stream()
        .filter(which)
        .collect(
            Collectors.groupingBy(
                purchase -> purchase.order().requester().name(), Collectors.counting()));
  }

  private void draw() throws SQLException {
    board.draw(market, database, purchases.size());
  }
}
