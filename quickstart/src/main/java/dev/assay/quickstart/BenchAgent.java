package dev.assay.quickstart;

import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.ChildProcess;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.Ports;
import dev.assay.quickstart.stack.Refusal;
import dev.assay.quickstart.stack.Stack;
import dev.assay.quickstart.stack.Supervision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
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
  private static final int IN_FLIGHT = 16;

  private static final int WARM_JOBS = 60;

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(
      names = "--seconds",
      defaultValue = "15",
      paramLabel = "N",
      description = "how long each figure is measured; 15 unless given")
  private int seconds;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (seconds < 1 || seconds > 600) {
      throw new Refusal(ExitCode.USAGE, "--seconds is 1 to 600.");
    }
    var report = new Report("an agent, %d s for each figure".formatted(seconds));
    Path checkout = Checkout.find();
    Path directory = Files.createTempDirectory("assay-bench-").resolve("home");
    try (var supervision = Supervision.of(Home.open(directory, "assay bench agent"))) {
      var ports = MarketPorts.with(Ports.free(1).getFirst());
      var cache = StartupCache.of(checkout);
      var market = new Market(supervision, checkout, ports, cache, part -> {});
      Stack stack = market.startServers();
      market.makeCaches(stack);
      List<String> all = List.of("idle", WORKERS.getFirst(), WORKERS.getLast());
      market.accounts().fund();
      all.forEach(market::bond);
      market.startApi(stack, ApiSetup.OF_A_DEVELOPER.withoutEpochs());
      ChildProcess settlement = market.startSettlement(stack);
      all.forEach(market::awaitBonded);
      String key = market.accounts().requestersKey();
      settlement.stop(); // all have money and stake; what is measured ends with the answer
      idle(report, market);
      least(report, market);
      throughput(report, market, new LocalApi(ports.api()), key);
    } finally {
      if (Home.isHome(directory)) {
        Home.delete(directory);
      }
      Files.deleteIfExists(directory.getParent());
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

  private void throughput(Report report, Market market, LocalApi api, String key)
      throws IOException, InterruptedException {
    List<String> texts = texts(options.seed());
    Path file = market.home().scratch().resolve("texts");
    Files.write(file, texts);
    List<ChildProcess> workers = new ArrayList<>();
    for (String name : WORKERS) {
      workers.add(market.startWorker(name, List.of("--concurrency", "1")));
    }
    new Load(api, key, texts, 1).run(jobs -> jobs >= WARM_JOBS);
    for (int perJob : List.of(1, 8)) {
      double before = direct(market, file);
      double through = measure(new Load(api, key, texts, perJob));
      double after = direct(market, file);
      double direct = (before + after) / 2;
      String jobs = perJob == 1 ? "1 text a job" : perJob + " texts a job";
      report.add("two workers, the model called directly", direct, "texts/s");
      report.add("two workers, through the market, " + jobs, through, "texts/s");
      report.atLeast("F9", "through the market / directly, " + jobs, through / direct, "x", 0.9);
    }
    workers.forEach(ChildProcess::stop);
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

  private double measure(Load load) throws InterruptedException {
    long until = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    long began = System.nanoTime();
    long done = load.run(_ -> System.nanoTime() - until >= 0);
    return done / ((System.nanoTime() - began) / 1e9);
  }

  /** Requesters that post, wait for the answer and post again. */
  private record Load(LocalApi api, String key, List<String> texts, int perJob) {
    private interface Enough {
      boolean isReached(int jobs);
    }

    /** Answers how many texts were embedded. */
    long run(Enough enough) throws InterruptedException {
      var posted = new AtomicInteger();
      var done = new LongAdder();
      try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < IN_FLIGHT * WORKERS.size(); i++) {
          all.add(
              threads.submit(() -> {
                while (!enough.isReached(posted.get())) {
                  buy(posted.getAndIncrement());
                  done.add(perJob);
                }
              }));
        }
        for (Future<?> one : all) {
          one.get();
        }
      } catch (java.util.concurrent.ExecutionException e) {
        throw e.getCause() instanceof RuntimeException cause
            ? cause
            : new IllegalStateException("buying", e.getCause());
      }
      return done.sum();
    }

    private void buy(int number) {
      List<String> wanted = new ArrayList<>();
      for (int i = 0; i < perJob; i++) {
        wanted.add("\"" + texts.get((number * perJob + i) % texts.size()) + "\"");
      }
      String answer =
          api.buy(
              key,
              """
              {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":[%s]}}\
              """
                  .formatted(String.join(",", wanted)));
      if (!LocalApi.member(answer, "status").equals("attested")) {
        throw new Refusal(ExitCode.SOFTWARE, "A job has no answer: " + answer);
      }
    }
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

  private static List<String> texts(long seed) {
    RandomGenerator chance = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
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
