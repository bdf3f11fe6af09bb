package dev.assay.quickstart;

import dev.assay.determinism.Ids;
import dev.assay.quickstart.bench.DatabaseWork;
import dev.assay.quickstart.bench.LifecycleLoad;
import dev.assay.quickstart.bench.MarketClient;
import dev.assay.quickstart.bench.ProtocolWorker;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.bench.TextLoad;
import dev.assay.quickstart.stack.ChildProcess;
import dev.assay.quickstart.stack.DatabaseLogin;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.PostgresAddress;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What an agent takes while it waits for work, and what is left of its model's speed when the work
 * comes through a market: posted, matched, leased, attested, paid for and answered, all on this
 * machine, by the same two cores that compute.
 */
@Command(
    name = "agent",
    mixinStandardHelpOptions = true,
    description = "What an idle worker takes; embeddings a second through the market and without.")
final class BenchAgent implements Callable<Integer> {
  private static final List<String> WORKERS = List.of("bench-1", "bench-2");

  private static final List<String> WORDS =
      List.of(
          "assay tests metal for its worth and a market tests the answers of machines".split(" "));
  private static final int TEXTS = 200;
  private static final int WORDS_IN_A_TEXT = 32;
  private static final Pattern SPEED = Pattern.compile("texts/s\\s+([0-9.]+)");

  /** Posted and not answered at any time, for each worker. */
  private static final int IN_FLIGHT = 32;

  /** From the first posts until as many leave as come. */
  private static final Duration SETTLES = Duration.ofSeconds(3);

  private static final int QUICK_WORKERS = 4;
  private static final int UNANSWERED = 1_000;

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(
      names = "--seconds",
      defaultValue = "15",
      paramLabel = "N",
      description = "how long each figure is measured; 15 unless given")
  private int seconds;

  @Option(
      names = "--warmup",
      defaultValue = "120",
      paramLabel = "N",
      description =
          "seconds of load before, for the compilers to be done, the first half without a model;"
              + " default: ${DEFAULT-VALUE}")
  private int warmup;

  @Option(names = "--no-idle", description = "without the agent that waits")
  private boolean withoutIdle;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    if (seconds < 1 || seconds > 600) {
      throw new Refusal(ExitCode.USAGE, "--seconds is 1 to 600.");
    }
    var report = new Report("an agent, %d s for each figure".formatted(seconds));
    var chance = new SplittableRandom(options.seed());
    try (var bench = BenchMarket.start("agent", ApiSetup.OF_A_SERVER)) {
      bench.bondAgents(List.of("idle", WORKERS.getFirst(), WORKERS.getLast()));
      List<ProtocolWorker> quick = bench.workers(QUICK_WORKERS, chance.split());
      MarketClient requester = bench.requesters(1, chance.split()).getFirst();
      bench.stopSettlement();
      if (!withoutIdle) {
        idle(report, bench.market());
        least(report, bench.market());
      }
      warmUp(quick, requester, new Ids(BenchMarket.CLOCK, chance.split()));
      throughput(report, bench, requester, texts(chance.split()));
    }
    report.print(spec.commandLine().getOut(), options.json());
    return options.strict() && report.isMissed() ? 1 : 0;
  }

  /** The first start writes the JVM's archive of classes when it ends; the second reads it. */
  private void idle(Report report, Market market) throws IOException, InterruptedException {
    for (String start : List.of("first start", "second start", "third start")) {
      long began = System.nanoTime();
      ChildProcess agent = market.startWorker("idle");
      Duration firstPoll = Duration.ofNanos(awaitOffer(market, "idle") - began);
      Idle idle = idle(agent);
      report.add(start + ": CPU until it idles", idle.started().toMillis(), "ms");
      if (start.startsWith("third")) {
        report.atMost("F8", start + ": until its first poll", firstPoll.toMillis(), "ms", 250);
        report.atMost("F8", start + ": idle, no model", idle.mebibytes(), "MiB", 64);
        report.atMost("F8", start + ": idle", idle.percent(), "% of a core", 0.2);
      } else {
        report.add(start + ": until its first poll", firstPoll.toMillis(), "ms");
        report.add(start + ": idle, no model", idle.mebibytes(), "MiB");
        report.add(start + ": idle", idle.percent(), "% of a core");
      }
      agent.stop();
    }
  }

  /** What no agent on this JVM goes below. The first start writes its archive of classes, too. */
  private void least(Report report, Market market) throws IOException, InterruptedException {
    for (int start = 1; start <= 2; start++) {
      Path answered = market.home().scratch().resolve("answered-" + start);
      long began = System.nanoTime();
      ChildProcess least = market.startOneQuestion(answered);
      Duration answer = Duration.ofNanos(System.nanoTime() - began);
      Idle idle = idle(least);
      if (start == 2) {
        String what = "a JVM with its options that asks one question";
        report.add(what + ": CPU until it idles", idle.started().toMillis(), "ms");
        report.add(what + ": until it is answered", answer.toMillis(), "ms");
        report.add(what + ": idle", idle.mebibytes(), "MiB");
        report.add(what + ": idle", idle.percent(), "% of a core");
      }
      least.stop();
    }
  }

  private record Idle(Duration started, long mebibytes, double percent) {}

  private Idle idle(ChildProcess process) throws InterruptedException {
    Thread.sleep(Duration.ofSeconds(2)); // what starting leaves to do
    Usage before = usage(process);
    long since = System.nanoTime();
    Thread.sleep(Duration.ofSeconds(seconds));
    Usage after = usage(process);
    double share = after.since(before).cpu().toNanos() / (double) (System.nanoTime() - since);
    return new Idle(before.cpu(), after.residentMebibytes(), 100 * share);
  }

  /** By workers that make their vectors up: the agents would take most of the processors. */
  private void warmUp(List<ProtocolWorker> workers, MarketClient requester, Ids ids)
      throws IOException, InterruptedException {
    try (var load = new LifecycleLoad(ids, UNANSWERED)) {
      workers.forEach(load::work);
      for (int i = 0; i < IN_FLIGHT * WORKERS.size(); i++) {
        load.post(requester.another());
      }
      Thread.sleep(Duration.ofSeconds(warmup).dividedBy(2));
      load.stopPosting();
      if (!load.awaitResults(60_000)) {
        throw new Refusal(ExitCode.SOFTWARE, "Jobs of the warm-up have no result after a minute.");
      }
    }
    for (ProtocolWorker worker : workers) {
      worker.offerNothing();
    }
  }

  private void throughput(
      Report report, BenchMarket bench, MarketClient requester, List<String> texts)
      throws IOException, InterruptedException, SQLException {
    Path file = bench.home().scratch().resolve("texts");
    Files.write(file, texts);
    List<ChildProcess> workers = new ArrayList<>();
    for (String name : WORKERS) {
      workers.add(bench.market().startWorker(name, List.of("--concurrency", "1")));
    }
    try (TextLoad load = load(requester, texts, 1)) {
      Thread.sleep(Duration.ofSeconds(warmup).dividedBy(2));
      load.jobs();
    }
    Thread.sleep(SETTLES);
    bench.tellRest(report, Duration.ofSeconds(seconds));
    for (int perJob : List.of(1, 8)) {
      double before = direct(bench.market(), file);
      Stretch through;
      try (TextLoad load = load(requester, texts, perJob)) {
        Thread.sleep(SETTLES);
        through = measure(bench, workers, load, perJob);
      }
      double direct = (before + direct(bench.market(), file)) / 2;
      tell(report, through, direct, perJob == 1 ? "1 text a job" : perJob + " texts a job");
    }
    workers.forEach(ChildProcess::stop);
  }

  private static TextLoad load(MarketClient requester, List<String> texts, int perJob) {
    var load = new TextLoad(texts, perJob);
    for (int i = 0; i < IN_FLIGHT * WORKERS.size(); i++) {
      load.buy(requester.another());
    }
    return load;
  }

  /**
   * What was embedded in a stretch of load, and what it took.
   *
   * @param requests that the API answered
   */
  private record Stretch(long texts, double seconds, Cpu cpu, double requests, DatabaseWork work) {
    double each(Duration cpu) {
      return each(cpu.toNanos() / 1e6);
    }

    double each(double count) {
      return count / Math.max(1, texts);
    }
  }

  /**
   * @param compilers of the API's
   * @param callers who posts and waits
   */
  private record Cpu(
      Duration workers, Duration api, Duration compilers, Duration postgres, Duration callers) {
    static Cpu now(BenchMarket bench, List<ChildProcess> workers) {
      return new Cpu(
          workers.stream().map(worker -> usage(worker).cpu()).reduce(Duration.ZERO, Duration::plus),
          bench.apiUsage().cpu(),
          bench.apiCompilers(),
          bench.postgresUsage().cpu(),
          ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO));
    }

    Cpu since(Cpu before) {
      return new Cpu(
          workers.minus(before.workers),
          api.minus(before.api),
          compilers.minus(before.compilers),
          postgres.minus(before.postgres),
          callers.minus(before.callers));
    }
  }

  private Stretch measure(BenchMarket bench, List<ChildProcess> workers, TextLoad load, int perJob)
      throws IOException, InterruptedException, SQLException {
    DatabaseLogin owner =
        bench.stack().postgres().address().superuserLogin(PostgresAddress.DATABASE);
    DatabaseWork work = DatabaseWork.of(owner);
    double requests = bench.requests();
    Cpu before = Cpu.now(bench, workers);
    long jobs = load.jobs();
    long began = System.nanoTime();
    Thread.sleep(Duration.ofSeconds(seconds));
    jobs = load.jobs() - jobs;
    double took = (System.nanoTime() - began) / 1e9;
    Cpu cpu = Cpu.now(bench, workers).since(before);
    requests = bench.requests() - requests;
    return new Stretch(jobs * perJob, took, cpu, requests, DatabaseWork.of(owner).since(work));
  }

  private static void tell(Report report, Stretch through, double direct, String jobs) {
    double speed = through.texts / through.seconds;
    report.add("two workers, the model called directly", direct, "texts/s");
    report.add("two workers, through the market, " + jobs, speed, "texts/s");
    report.add("CPU of both workers", through.each(through.cpu.workers), "ms/text");
    report.add("CPU of the API", through.each(through.cpu.api), "ms/text");
    report.add("of that, its compilers", through.each(through.cpu.compilers), "ms/text");
    report.add("CPU of PostgreSQL", through.each(through.cpu.postgres), "ms/text");
    report.add("CPU of who posts and waits", through.each(through.cpu.callers), "ms/text");
    report.add("requests to the API", through.each(through.requests), "/text");
    report.add("transactions", through.each(through.work.transactions()), "/text");
    report.atLeast("F9", "through the market / directly, " + jobs, speed / direct, "x", 0.9);
  }

  /** The agent's own bench, with as many callers as there are workers. */
  private double direct(Market market, Path texts) throws IOException, InterruptedException {
    String printed =
        market.runWorker(
            List.of(
                "bench",
                "--home",
                market.home().resolve(WORKERS.getFirst()).toString(),
                "--seconds",
                "" + seconds,
                "--concurrency",
                "" + WORKERS.size(),
                "--texts",
                texts.toString()));
    Matcher speed = SPEED.matcher(printed);
    if (!speed.find()) {
      throw new Refusal(ExitCode.SOFTWARE, "The agent's bench told no speed: " + printed);
    }
    return Double.parseDouble(speed.group(1));
  }

  private static long awaitOffer(Market market, String worker)
      throws IOException, InterruptedException {
    Path log = market.home().resolve(worker).resolve("agent.log");
    long over = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (System.nanoTime() < over) {
      // Said when the market has taken the offers: the next thing it does is ask for work.
      if (Files.exists(log) && Files.readString(log).contains("\"message\":\"Offers ")) {
        return System.nanoTime();
      }
      Thread.sleep(Duration.ofMillis(2));
    }
    throw new Refusal(ExitCode.SOFTWARE, "The worker has not asked for work; its log is " + log);
  }

  private static Usage usage(ChildProcess process) {
    return ProcessHandle.of(process.pid()).map(Usage::of).orElseThrow();
  }

  private static List<String> texts(RandomGenerator chance) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < TEXTS; i++) {
      List<String> words = new ArrayList<>();
      for (int word = 0; word < WORDS_IN_A_TEXT; word++) {
        words.add(WORDS.get(chance.nextInt(WORDS.size())));
      }
      texts.add(String.join(" ", words));
    }
    return texts;
  }
}
