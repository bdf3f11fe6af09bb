package dev.assay.quickstart;

import dev.assay.determinism.Ids;
import dev.assay.protocol.LocalSigner;
import dev.assay.quickstart.bench.ChaosWorker;
import dev.assay.quickstart.bench.HttpConnection;
import dev.assay.quickstart.bench.MarketAudit;
import dev.assay.quickstart.bench.MarketClient;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.stack.ChildProcess;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Everything goes wrong at once, and every job still ends once. */
@Command(
    name = "chaos",
    mixinStandardHelpOptions = true,
    description = {
      "Jobs over workers that are killed, frozen, late, doubled and forged; the API is killed too.",
      "Each worker is a process: some are the real agent with the real model, the others speak the"
          + " same link and sign for real, but make their vectors up. Afterwards the database is"
          + " asked whether each job ended once, no lease was double and the money adds up.",
      "Exits 1 if anything of that is wrong."
    })
final class BenchChaos implements Callable<Integer> {
  private static final int SILENCE_MILLIS = 3_000;
  private static final int REQUESTERS = 4;

  /** A tenth of a second apart: longer than the API may take to start on a busy machine. */
  private static final int MOST_TRIES = 1_800;

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(names = "--jobs", defaultValue = "2000", description = "default: ${DEFAULT-VALUE}")
  private int jobs;

  @Option(names = "--workers", defaultValue = "20", description = "default: ${DEFAULT-VALUE}")
  private int workers;

  @Option(
      names = "--agents",
      defaultValue = "4",
      description = "how many of the workers are the real agent; default: ${DEFAULT-VALUE}")
  private int agents;

  @Option(
      names = "--api-kills",
      defaultValue = "2",
      description = "how often the API is killed; default: ${DEFAULT-VALUE}")
  private int apiKills;

  @Option(
      names = "--seconds",
      defaultValue = "60",
      description = "over how long the jobs are posted; default: ${DEFAULT-VALUE}")
  private int seconds;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  private final Map<String, Integer> faults = new TreeMap<>();
  private final AtomicInteger posted = new AtomicInteger();
  private final AtomicInteger repeated = new AtomicInteger();
  private volatile boolean isPosting = true;

  /** A worker's process, and how to start it again. */
  private static final class Victim {
    private final Supplier<ChildProcess> start;
    private ChildProcess process;
    private boolean isFrozen;

    /** On the monotonic clock: when its fault is over. */
    private long until;

    Victim(Supplier<ChildProcess> start) {
      this.start = start;
      this.process = start.get();
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    PrintWriter out = spec.commandLine().getOut();
    var chance = new SplittableRandom(options.seed());
    var setup = ApiSetup.OF_A_SERVER.with("MARKETPLACE_DISPATCH_HEARTBEAT", "1s");
    try (var market = BenchMarket.start("chaos", setup)) {
      List<Victim> victims = startWorkers(market, chance.split());
      awaitOffers(market);
      List<Thread> posting = post(market, chance.split());
      disturb(market, victims, chance.split());
      for (Thread requester : posting) {
        requester.join();
      }
      long open = awaitEnds(market);
      for (Victim victim : victims) {
        victim.process.stop();
      }
      return tell(out, market, open);
    }
  }

  private List<Victim> startWorkers(BenchMarket market, SplittableRandom chance)
      throws IOException {
    List<String> names = new ArrayList<>();
    List<byte[]> keys = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      names.add("worker-" + i);
      if (i >= agents) {
        byte[] key = new byte[32];
        chance.nextBytes(key);
        keys.add(key);
      }
    }
    List<String> real = names.subList(0, Math.min(agents, workers));
    market.bondAgents(real);
    market.bond(keys.stream().map(LocalSigner::ofKey).toList());
    List<Victim> victims = new ArrayList<>();
    for (String name : real) {
      victims.add(new Victim(() -> market.market().startWorker(name)));
    }
    for (byte[] key : keys) {
      String name = names.get(victims.size());
      Path file = market.home().resolve(name + ".key");
      Files.writeString(file, HexFormat.of().formatHex(key));
      victims.add(
          new Victim(() ->
              market
                  .market()
                  .startProgram(
                      name,
                      ChaosWorker.class,
                      List.of(
                          "" + market.port(),
                          file.toString(),
                          "" + chance.nextLong(),
                          "" + SILENCE_MILLIS))));
    }
    return victims;
  }

  private void awaitOffers(BenchMarket market) throws InterruptedException, SQLException {
    try (var connection = market.database()) {
      for (int i = 0; i < 600; i++) {
        if (MarketAudit.count(connection, "select count(distinct worker) from offer") == workers) {
          return;
        }
        Thread.sleep(100);
      }
      throw new Refusal(ExitCode.SOFTWARE, "Not all workers offered something within a minute.");
    }
  }

  /** Each requester posts its share evenly, says some posts twice, and repeats what fails. */
  private List<Thread> post(BenchMarket market, SplittableRandom chance) throws IOException {
    var ids = new Ids(BenchMarket.CLOCK, chance.split());
    List<MarketClient> requesters = market.requesters(REQUESTERS, chance.split());
    List<Thread> threads = new ArrayList<>();
    for (int r = 0; r < REQUESTERS; r++) {
      MarketClient requester = requesters.get(r);
      int share = jobs / REQUESTERS + (r < jobs % REQUESTERS ? 1 : 0);
      SplittableRandom own = chance.split();
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                long start = System.nanoTime();
                for (int i = 0; i < share; i++) {
                  pause(start + (long) i * seconds * 1_000_000_000L / share);
                  byte[] job = MarketClient.job("job_" + ids.next(), "chaos " + own.nextInt(1000));
                  untilTaken(requester, job);
                  posted.incrementAndGet();
                  if (own.nextInt(20) == 0) {
                    untilTaken(requester, job);
                    repeated.incrementAndGet();
                  }
                }
              }));
    }
    Thread.ofVirtual()
        .start(() -> {
          for (Thread thread : threads) {
            try {
              thread.join();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
          isPosting = false;
        });
    return threads;
  }

  private static void untilTaken(MarketClient requester, byte[] job) {
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      try {
        HttpConnection.Answer answer = requester.send("POST", "/api/jobs", job);
        if (answer.status() / 100 == 2) {
          return;
        }
        if (answer.status() / 100 == 4 && !answer.text().contains("\"retryable\":true")) {
          throw new IllegalStateException("A job was refused: " + answer.text());
        }
      } catch (IOException away) {
        // Whether it was taken is not known: the same again, by the same id.
      }
      pause(System.nanoTime() + 100_000_000L);
    }
    throw new IllegalStateException("A job was not taken after %d tries.".formatted(MOST_TRIES));
  }

  /** Until all is posted: now and then somebody dies or hangs. */
  private void disturb(BenchMarket market, List<Victim> victims, SplittableRandom chance)
      throws InterruptedException {
    long start = System.nanoTime();
    int killed = 0;
    while (isPosting) {
      Thread.sleep(100);
      double passed = (System.nanoTime() - start) / 1e9 / seconds;
      if (killed < apiKills && passed > (killed + 1.0) / (apiKills + 1.0)) {
        killed++;
        fault("API kill -9");
        market.killApi();
        market.startApi();
      }
      for (Victim victim : victims) {
        heal(victim);
      }
      if (chance.nextInt(8) == 0) {
        Victim victim = victims.get(chance.nextInt(victims.size()));
        if (victim.until == 0) {
          harm(victim, chance);
        }
      }
    }
    for (Victim victim : victims) {
      victim.until = Math.min(victim.until, 1);
      heal(victim);
    }
  }

  private void harm(Victim victim, SplittableRandom chance) {
    if (chance.nextInt(3) == 0) {
      fault("worker kill -9");
      victim.process.kill();
      victim.until = System.nanoTime() + (200 + chance.nextInt(2_000)) * 1_000_000L;
    } else {
      // Half of them longer than a lease lives without a heartbeat.
      fault("worker SIGSTOP");
      victim.process.freeze();
      victim.isFrozen = true;
      victim.until = System.nanoTime() + (200 + chance.nextInt(2 * SILENCE_MILLIS)) * 1_000_000L;
    }
  }

  private static void heal(Victim victim) {
    if (victim.until == 0 || System.nanoTime() < victim.until && victim.until != 1) {
      return;
    }
    if (victim.isFrozen) {
      victim.process.thaw();
      victim.isFrozen = false;
    } else {
      victim.process = victim.start.get();
    }
    victim.until = 0;
  }

  /**
   * @return how many jobs have no end though there was time
   */
  private long awaitEnds(BenchMarket market) throws InterruptedException, SQLException {
    try (var connection = market.database()) {
      long open = 1;
      for (int i = 0; i < 300 && open > 0; i++) {
        open = MarketAudit.count(connection, "select count(*) from open_job");
        Thread.sleep(200);
      }
      return open;
    }
  }

  private int tell(PrintWriter out, BenchMarket market, long open)
      throws IOException, SQLException {
    var report =
        new Report("%d jobs over %d workers, seed %d".formatted(jobs, workers, options.seed()));
    report.add("jobs posted", posted.get(), "jobs");
    report.add("of them posted again under the same id", repeated.get(), "posts");
    faults.forEach((fault, count) -> report.add(fault, count, "times"));
    outcomes(market).forEach((outcome, count) -> report.add(outcome, count, "results"));
    try (var connection = market.database()) {
      for (String outcome : List.of("attested", "unserved", "expired", "cancelled")) {
        report.add(
            "jobs " + outcome,
            MarketAudit.count(
                connection, "select count(*) from job_end where outcome = '" + outcome + "'"),
            "jobs");
      }
      for (String reason : List.of("attested", "lapsed", "left", "failed", "withdrawn")) {
        report.add(
            "attempts " + reason,
            MarketAudit.count(
                connection, "select count(*) from assignment_end where reason = '" + reason + "'"),
            "attempts");
      }
      long attested =
          MarketAudit.count(connection, "select count(*) from job_end where outcome = 'attested'");
      report.atLeast("F20", "jobs answered", 100.0 * attested / jobs, "%", 99.9);
      boolean isWrong = open > 0;
      report.atMost(
          "",
          "jobs that are there, beyond or short of those that were taken",
          Math.abs(MarketAudit.count(connection, "select count(*) from job") - posted.get()),
          "wrong",
          0);
      for (var wrong : MarketAudit.of(connection).entrySet()) {
        report.atMost("", wrong.getKey(), wrong.getValue(), "wrong", 0);
        isWrong |= wrong.getValue() != 0;
      }
      isWrong |= MarketAudit.count(connection, "select count(*) from job") != jobs;
      report.print(out, options.json());
      return isWrong || options.strict() && report.isMissed() ? 1 : 0;
    }
  }

  /** What the workers that make their vectors up were told, by what they had done. */
  private static Map<String, Integer> outcomes(BenchMarket market) throws IOException {
    Map<String, Integer> outcomes = new TreeMap<>();
    try (var logs = Files.list(market.home().logs())) {
      for (Path log : logs.toList()) {
        for (String line : Files.readAllLines(log)) {
          String[] words = line.split(" ", -1);
          if (words.length == 3 && words[0].equals("chaos")) {
            String manner = words[1].toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
            outcomes.merge(
                "sent %s: %s".formatted(manner, words[2].toLowerCase(java.util.Locale.ROOT)),
                1,
                Integer::sum);
          }
        }
      }
    }
    return outcomes;
  }

  private void fault(String kind) {
    faults.merge(kind, 1, Integer::sum);
  }

  private static void pause(long untilNanos) {
    try {
      long left = untilNanos - System.nanoTime();
      if (left > 0) {
        Thread.sleep(left / 1_000_000, (int) (left % 1_000_000));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
