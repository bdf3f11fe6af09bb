package dev.assay.quickstart;

import dev.assay.determinism.Ids;
import dev.assay.quickstart.bench.DatabaseWork;
import dev.assay.quickstart.bench.DbSchedulerPeer;
import dev.assay.quickstart.bench.GraphileWorkerPeer;
import dev.assay.quickstart.bench.LifecycleLoad;
import dev.assay.quickstart.bench.MarketClient;
import dev.assay.quickstart.bench.PostLoad;
import dev.assay.quickstart.bench.ProtocolWorker;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.bench.Signatures;
import dev.assay.quickstart.bench.SqlLifecycle;
import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.ChildProcess;
import dev.assay.quickstart.stack.DatabaseLogin;
import dev.assay.quickstart.stack.Ports;
import dev.assay.quickstart.stack.PostgresAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How many jobs go through the market, what each costs, and what others and the parts cost. */
@Command(
    name = "lifecycle",
    mixinStandardHelpOptions = true,
    description = {
      "Posted, leased, attested and paid, durably, without any model; then intake alone.",
      "On the same PostgreSQL in the same run: the least SQL that a job's life needs,"
          + " graphile-worker (needs npm), db-scheduler; beside the API: an endpoint of the same"
          + " framework that does nothing, and one that inserts by JPA."
    })
final class BenchLifecycle implements Callable<Integer> {
  private static final int REQUESTERS = 8;
  private static final int UNANSWERED = 4_000;

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(
      names = "--seconds",
      defaultValue = "15",
      description = "that each part is measured; default: ${DEFAULT-VALUE}")
  private int seconds;

  @Option(
      names = "--warmup",
      defaultValue = "180",
      description =
          "seconds of load before, for the compiler to be done; default: ${DEFAULT-VALUE}")
  private int warmup;

  @Option(names = "--workers", defaultValue = "8", description = "default: ${DEFAULT-VALUE}")
  private int workers;

  @Option(names = "--connections", defaultValue = "32", description = "default: ${DEFAULT-VALUE}")
  private int connections;

  @Option(names = "--no-peers", description = "without graphile-worker and db-scheduler")
  private boolean withoutPeers;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  /**
   * What a stretch of load took.
   *
   * @param compilerMicros of the API's, what its compilers took
   * @param requests that the API answered
   */
  private record Stretch(
      long jobs,
      double seconds,
      double apiMicros,
      double compilerMicros,
      double postgresMicros,
      double requests,
      DatabaseWork work) {
    double rate() {
      return jobs / seconds;
    }

    double each(double count) {
      return count / Math.max(1, jobs);
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    PrintWriter out = spec.commandLine().getOut();
    var chance = new SplittableRandom(options.seed());
    var ids = new Ids(BenchMarket.CLOCK, chance.split());
    var report = new Report("life of a job, %d s a part".formatted(seconds));
    try (var market = BenchMarket.start("lifecycle", ApiSetup.OF_A_SERVER)) {
      Signatures.Cost signatures = Signatures.measure(chance.split());
      List<ProtocolWorker> all = market.workers(workers, chance.split());
      List<MarketClient> requesters = market.requesters(REQUESTERS, chance.split());
      market.stopSettlement();
      DatabaseLogin owner =
          market.stack().postgres().address().superuserLogin(PostgresAddress.DATABASE);
      Stretch life = lives(market, owner, all, callers(requesters), ids);
      Posts intake = intake(market, callers(requesters), ids);
      market.stopApi();
      Usage before = market.postgresUsage();
      long floor = new SqlLifecycle(owner, ids).run(seconds);
      double sqlMicros = micros(before, market.postgresUsage(), floor);
      tellLife(report, life, signatures, sqlMicros, (double) floor / seconds);
      baseline(report, market, owner, ids, intake);
      if (!withoutPeers) {
        peers(report, owner, life);
      }
    }
    report.print(out, options.json());
    return options.strict() && report.isMissed() ? 1 : 0;
  }

  private Stretch lives(
      BenchMarket market,
      DatabaseLogin owner,
      List<ProtocolWorker> all,
      List<MarketClient> callers,
      Ids ids)
      throws InterruptedException, SQLException {
    try (var load = new LifecycleLoad(ids, UNANSWERED)) {
      all.forEach(load::work);
      callers.forEach(load::post);
      Thread.sleep(warmup * 1_000L);
      long jobs = load.attested();
      long start = System.nanoTime();
      DatabaseWork work = DatabaseWork.of(owner);
      double requests = market.requests();
      Usage api = market.apiUsage();
      Duration compilers = market.apiCompilers();
      Usage postgres = market.postgresUsage();
      Thread.sleep(seconds * 1_000L);
      jobs = load.attested() - jobs;
      return new Stretch(
          jobs,
          (System.nanoTime() - start) / 1e9,
          micros(api, market.apiUsage(), jobs),
          market.apiCompilers().minus(compilers).toNanos() / 1e3 / Math.max(1, jobs),
          micros(postgres, market.postgresUsage(), jobs),
          market.requests() - requests,
          DatabaseWork.of(owner).since(work));
    }
  }

  private List<MarketClient> callers(List<MarketClient> requesters) {
    List<MarketClient> callers = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      callers.add(requesters.get(i % requesters.size()).another());
    }
    return callers;
  }

  /**
   * What posts took.
   *
   * @param serverMicros each, of the process that answered them
   * @param postgresMicros each
   */
  private record Posts(double rate, double serverMicros, double postgresMicros) {}

  /** With nobody working: the offers are still there. */
  private Posts intake(BenchMarket market, List<MarketClient> callers, Ids ids)
      throws IOException, InterruptedException {
    return posts(market, market::apiUsage, callers, "/api/jobs", ids, seconds / 2.0);
  }

  private static Posts posts(
      BenchMarket market,
      Supplier<Usage> server,
      List<MarketClient> callers,
      String path,
      Ids ids,
      double seconds)
      throws IOException, InterruptedException {
    double part = Math.max(1, seconds);
    Usage before = server.get();
    Usage postgres = market.postgresUsage();
    long posts = PostLoad.run(callers, path, ids, part);
    return new Posts(
        posts / part,
        micros(before, server.get(), posts),
        micros(postgres, market.postgresUsage(), posts));
  }

  private static void tellLife(
      Report report, Stretch life, Signatures.Cost signatures, double sqlMicros, double sqlRate) {
    double floor = signatures.sign() + signatures.recover() + sqlMicros;
    double cost = life.apiMicros() + life.postgresMicros() + signatures.sign();
    report.add("jobs posted, leased, attested, paid", life.rate(), "jobs/s");
    report.add("CPU of the API", life.apiMicros(), "us/job");
    report.add("of that, its compilers", life.compilerMicros(), "us/job");
    report.add("CPU of PostgreSQL", life.postgresMicros(), "us/job");
    report.add("requests to the API", life.each(life.requests()), "/job");
    report.add("transactions", life.each(life.work().transactions()), "/job");
    report.add("rows written", life.each(life.work().rows()), "/job");
    report.add("records of the write-ahead log", life.each(life.work().walRecords()), "/job");
    report.add("write-ahead log", life.each(life.work().walBytes()), "B/job");
    report.add("a worker's signature", signatures.sign(), "us");
    report.add("recovering its signer", signatures.recover(), "us");
    report.add("the least SQL, appended in groups", sqlRate, "jobs/s");
    report.add("CPU of PostgreSQL for the least SQL", sqlMicros, "us/job");
    report.add("floor: sign + recover + least SQL", floor, "us/job");
    report.atMost("F2", "CPU of API, PostgreSQL and signature / floor", cost / floor, "x", 2.5);
  }

  /** The same web server in a process of its own, with the same flags. */
  private void baseline(
      Report report, BenchMarket market, DatabaseLogin owner, Ids ids, Posts intake)
      throws IOException, InterruptedException, SQLException {
    try (var connection = owner.connect();
        var statement = connection.createStatement()) {
      statement.execute(
          """
          create schema if not exists bench;
          create table bench.baseline_job (id uuid primary key, model text not null, text text not null);
          """);
    }
    int port = Ports.free(1).getFirst();
    ChildProcess process = market.market().startBaseline("baseline", port, owner);
    List<MarketClient> callers = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      callers.add(new MarketClient(port));
    }
    Supplier<Usage> server = () -> BenchMarket.usage(process);
    Posts nothing = warmed(market, server, callers, "/no-op", ids);
    Posts jpa = warmed(market, server, callers, "/jpa", ids);
    process.stop();
    tell(report, "intake: POST /api/jobs, durable", intake);
    tell(report, "a POST of the same framework that does nothing", nothing);
    tell(report, "a POST that inserts by Spring Data JPA", jpa);
    report.atLeast("F1", "intake / nothing", intake.rate() / nothing.rate(), "x", 0.4);
    report.atLeast("F1", "intake / JPA insert", intake.rate() / jpa.rate(), "x", 2);
  }

  private static void tell(Report report, String what, Posts posts) {
    report.add(what, posts.rate(), "posts/s");
    report.add("  CPU of its server", posts.serverMicros(), "us/post");
    report.add("  CPU of PostgreSQL", posts.postgresMicros(), "us/post");
  }

  private Posts warmed(
      BenchMarket market, Supplier<Usage> server, List<MarketClient> callers, String path, Ids ids)
      throws IOException, InterruptedException {
    posts(market, server, callers, path, ids, seconds / 3.0);
    return posts(market, server, callers, path, ids, seconds / 3.0);
  }

  private void peers(Report report, DatabaseLogin owner, Stretch life)
      throws SQLException, InterruptedException {
    int jobs = 4_000 * seconds;
    var graphile = new GraphileWorkerPeer(Checkout.find(), owner);
    graphile.trip(2_000); // migrates, and warms up
    double graphileRate = jobs / graphile.trip(jobs).seconds();
    double dbSchedulerRate =
        jobs / 4.0 / new DbSchedulerPeer(owner, BenchMarket.CLOCK).run(jobs / 4);
    report.add("graphile-worker, in batches, whole trip", graphileRate, "jobs/s");
    report.add("db-scheduler, whole trip", dbSchedulerRate, "jobs/s");
    report.atLeast(
        "F2", "jobs of the market / of graphile-worker", life.rate() / graphileRate, "x", 0.5);
    report.add("jobs of the market / of db-scheduler", life.rate() / dbSchedulerRate, "x");
  }

  private static double micros(Usage before, Usage after, long jobs) {
    return after.since(before).micros() / Math.max(1, jobs);
  }
}
