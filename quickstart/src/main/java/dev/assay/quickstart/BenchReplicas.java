package dev.assay.quickstart;

import dev.assay.determinism.Ids;
import dev.assay.protocol.Domain;
import dev.assay.protocol.LocalSigner;
import dev.assay.quickstart.bench.DatabaseWork;
import dev.assay.quickstart.bench.LifecycleLoad;
import dev.assay.quickstart.bench.MarketClient;
import dev.assay.quickstart.bench.PostLoad;
import dev.assay.quickstart.bench.ProtocolWorker;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.stack.ChildProcess;
import dev.assay.quickstart.stack.DatabaseLogin;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Ports;
import dev.assay.quickstart.stack.PostgresAddress;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Whether more processes of the API make each job dearer. */
@Command(
    name = "replicas",
    mixinStandardHelpOptions = true,
    description = {
      "CPU of all API processes and of PostgreSQL for each job that is posted, leased, attested and"
          + " paid: with one process, then with several on the same database, then with one again.",
      "With several it is taken twice: once each process has as many clients as the one had, as"
          + " when a market grows; once the same clients are spread over all, so that what is"
          + " posted to one is often leased and answered at another."
    })
final class BenchReplicas implements Callable<Integer> {
  private static final int REQUESTERS = 8;
  private static final int CONNECTIONS = 32;
  private static final int WORKERS = 8;
  private static final int UNANSWERED = 2_000;
  private static final int WARMUP_OF_NOTHING_SECONDS = 8;
  private static final int NOTHING_SECONDS = 4;

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(names = "--replicas", defaultValue = "4", description = "default: ${DEFAULT-VALUE}")
  private int replicas;

  @Option(
      names = "--jobs",
      defaultValue = "10000",
      description = "measured in each part; default: ${DEFAULT-VALUE}")
  private int jobs;

  @Option(
      names = "--warmup",
      defaultValue = "20000",
      description = "jobs before them, for each process; default: ${DEFAULT-VALUE}")
  private int warmup;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  /**
   * @param compilerMicros of the API's, what its compilers took
   * @param work of PostgreSQL in all; the same for a job on a busy machine as on a quiet one
   */
  private record Cost(
      double apiMicros,
      double compilerMicros,
      double postgresMicros,
      double rate,
      long jobs,
      double requests,
      DatabaseWork work) {
    double micros() {
      return apiMicros + postgresMicros;
    }
  }

  /** Who asks and who works, whichever process they ask. */
  private record Parties(
      List<LocalSigner> requesters, List<LocalSigner> workers, Domain court, Ids ids) {
    /** As many as one process has. */
    Parties few() {
      return new Parties(
          requesters.subList(0, REQUESTERS), workers.subList(0, WORKERS), court, ids);
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    if (replicas < 2 || replicas > 4) {
      throw new Refusal(ExitCode.USAGE, "--replicas is 2 to 4.");
    }
    if (jobs < 1 || warmup < 0) {
      throw new Refusal(ExitCode.USAGE, "--jobs is at least 1, --warmup at least 0.");
    }
    var chance = new SplittableRandom(options.seed());
    var report = new Report("%d processes of the API beside one".formatted(replicas));
    try (var market = BenchMarket.start("replicas", ApiSetup.OF_A_SERVER)) {
      var parties =
          new Parties(
              keys(replicas * REQUESTERS, chance),
              keys(replicas * WORKERS, chance),
              market.court(),
              new Ids(BenchMarket.CLOCK, chance.split()));
      market.bond(parties.workers());
      market.requesters(parties.requesters()).forEach(MarketClient::close);
      market.stopSettlement();
      Cost one = measure(market, List.of(), parties.few(), warmup);
      List<BenchMarket.Replica> others = market.startReplicas(replicas - 1);
      Cost grown = measure(market, others, parties, replicas * warmup);
      Cost spread = measure(market, others, parties.few(), warmup);
      others.forEach(BenchMarket.Replica::stop);
      Cost again = measure(market, List.of(), parties.few(), warmup);
      double each = (one.micros() + again.micros()) / 2;
      tell(report, "one process", one);
      tell(report, "%d processes, each with as many clients".formatted(replicas), grown);
      tell(report, "%d processes, the same clients spread".formatted(replicas), spread);
      tell(report, "one process again", again);
      String ratio = "CPU of a job, %d processes / one: ".formatted(replicas);
      report.atMost("F12", ratio + "as many clients each", grown.micros() / each, "x", 1.2);
      report.atMost("F12", ratio + "the same clients spread", spread.micros() / each, "x", 1.2);
      tellNothing(report, market, parties.ids());
    }
    report.print(spec.commandLine().getOut(), options.json());
    return options.strict() && report.isMissed() ? 1 : 0;
  }

  /**
   * What several processes on this machine cost by themselves: posts that do nothing, to the same
   * web server with the same flags.
   */
  private void tellNothing(Report report, BenchMarket market, Ids ids)
      throws IOException, InterruptedException {
    DatabaseLogin owner = owner(market);
    List<Integer> ports = Ports.free(replicas);
    List<ChildProcess> servers = new ArrayList<>();
    for (int port : ports) {
      servers.add(market.market().startBaseline("baseline-" + port, port, owner));
    }
    // All of them before any is measured: else the one would be colder than the several after it.
    post(ports, CONNECTIONS, ids, replicas * WARMUP_OF_NOTHING_SECONDS);
    double one = nothing(servers.subList(0, 1), ports.subList(0, 1), CONNECTIONS, ids);
    double grown = nothing(servers, ports, replicas * CONNECTIONS, ids);
    double spread = nothing(servers, ports, CONNECTIONS, ids);
    servers.forEach(ChildProcess::stop);
    report.add("a POST that does nothing, one process", one, "us");
    String ratio = "of a POST that does nothing, %d processes / one: ".formatted(replicas);
    report.add(ratio + "as many clients each", grown / one, "x");
    report.add(ratio + "the same clients spread", spread / one, "x");
  }

  /** Microseconds of the servers' CPU a post. */
  private static double nothing(
      List<ChildProcess> servers, List<Integer> ports, int connections, Ids ids)
      throws IOException, InterruptedException {
    Duration before = cpu(servers);
    long posts = post(ports, connections, ids, NOTHING_SECONDS);
    return cpu(servers).minus(before).toNanos() / 1e3 / Math.max(1, posts);
  }

  private static long post(List<Integer> ports, int connections, Ids ids, int seconds)
      throws IOException, InterruptedException {
    List<MarketClient> callers = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      callers.add(new MarketClient(ports.get(i % ports.size())));
    }
    long posts = PostLoad.run(callers, "/no-op", ids, seconds);
    callers.forEach(MarketClient::close);
    return posts;
  }

  private static Duration cpu(List<ChildProcess> servers) {
    return servers.stream()
        .map(server -> BenchMarket.usage(server).cpu())
        .reduce(Duration.ZERO, Duration::plus);
  }

  private static DatabaseLogin owner(BenchMarket market) {
    return market.stack().postgres().address().superuserLogin(PostgresAddress.DATABASE);
  }

  private static List<LocalSigner> keys(int count, SplittableRandom chance) {
    return Stream.generate(() -> LocalSigner.create(chance)).limit(count).toList();
  }

  private static void tell(Report report, String who, Cost cost) {
    report.add(who + ": jobs posted, leased, attested, paid", cost.rate(), "jobs/s");
    report.add(who + ": CPU of the API", cost.apiMicros(), "us/job");
    report.add(who + ": of that, its compilers", cost.compilerMicros(), "us/job");
    report.add(who + ": CPU of PostgreSQL", cost.postgresMicros(), "us/job");
    double jobs = cost.jobs();
    report.add(who + ": requests", cost.requests() / jobs, "/job");
    report.add(who + ": transactions", cost.work().transactions() / jobs, "/job");
    report.add(who + ": rows written", cost.work().rows() / jobs, "/job");
    report.add(who + ": records of the write-ahead log", cost.work().walRecords() / jobs, "/job");
  }

  private Cost measure(
      BenchMarket market, List<BenchMarket.Replica> others, Parties parties, int before)
      throws IOException, InterruptedException, SQLException {
    DatabaseLogin owner = owner(market);
    List<Integer> ports = new ArrayList<>(List.of(market.port()));
    others.forEach(replica -> ports.add(replica.port()));
    List<LocalSigner> requesters = parties.requesters();
    int each = requesters.size() / REQUESTERS;
    try (var load = new LifecycleLoad(parties.ids(), each * UNANSWERED)) {
      for (int i = 0; i < parties.workers().size(); i++) {
        load.work(
            new ProtocolWorker(
                    ports.get(i % ports.size()),
                    parties.workers().get(i),
                    parties.court(),
                    BenchMarket.CLOCK)
                .signIn()
                .offer(64));
      }
      for (int i = 0; i < each * CONNECTIONS; i++) {
        // Not by turns alone: each requester asks every process.
        int port = ports.get((i + i / requesters.size()) % ports.size());
        load.post(
            new MarketClient(port)
                .signInAsRequester(requesters.get(i % requesters.size()), BenchMarket.CLOCK));
      }
      awaitAttested(load, before);
      long done = load.attested();
      long start = System.nanoTime();
      DatabaseWork work = DatabaseWork.of(owner);
      double requests = requests(market, others);
      Usage api = usage(market, others);
      Duration compilers = compilers(market, others);
      Usage postgres = market.postgresUsage();
      awaitAttested(load, done + jobs);
      done = load.attested() - done;
      return new Cost(
          usage(market, others).since(api).micros() / done,
          compilers(market, others).minus(compilers).toNanos() / 1e3 / done,
          market.postgresUsage().since(postgres).micros() / done,
          done * 1e9 / (System.nanoTime() - start),
          done,
          requests(market, others) - requests,
          DatabaseWork.of(owner).since(work));
    }
  }

  private static Usage usage(BenchMarket market, List<BenchMarket.Replica> others) {
    return others.stream().map(BenchMarket.Replica::usage).reduce(market.apiUsage(), Usage::plus);
  }

  private static double requests(BenchMarket market, List<BenchMarket.Replica> others) {
    return others.stream()
        .map(BenchMarket.Replica::requests)
        .reduce(market.requests(), Double::sum);
  }

  private static Duration compilers(BenchMarket market, List<BenchMarket.Replica> others) {
    return others.stream()
        .map(BenchMarket.Replica::compilers)
        .reduce(market.apiCompilers(), Duration::plus);
  }

  /** A market that stands still is told of, not waited for. */
  private static void awaitAttested(LifecycleLoad load, long count) throws InterruptedException {
    long progress = System.nanoTime();
    long before = load.attested();
    while (load.attested() < count) {
      Thread.sleep(20);
      if (load.attested() > before) {
        before = load.attested();
        progress = System.nanoTime();
      } else if (System.nanoTime() - progress > 60_000_000_000L) {
        throw new Refusal(
            ExitCode.SOFTWARE,
            "No job was answered for a minute; %d of %d were.".formatted(before, count));
      }
    }
  }
}
