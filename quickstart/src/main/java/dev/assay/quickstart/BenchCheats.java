package dev.assay.quickstart;

import dev.assay.determinism.Ids;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.Judge;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.verification.Assessment;
import dev.assay.protocol.verification.OutputComparison;
import dev.assay.quickstart.bench.AuditFigures;
import dev.assay.quickstart.bench.AuditFigures.OfWorker;
import dev.assay.quickstart.bench.HttpConnection;
import dev.assay.quickstart.bench.MarketAudit;
import dev.assay.quickstart.bench.MarketClient;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.cheat.Cheat;
import dev.assay.quickstart.cheat.CheatingWorker;
import dev.assay.quickstart.stack.ChildProcess;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/** A running market in which some workers cheat, and what its checks cost. */
@Command(
    name = "cheats",
    mixinStandardHelpOptions = true,
    description = {
      "Honest and cheating workers in one market: who is flagged, judged and brought to the Court.",
      "Every worker is a process: the honest ones are the shipped agent with the real model, the"
          + " cheating ones are the agent with another model in its place. All audits, committees"
          + " and verdicts are the market's own. Afterwards, with honest workers of a long record:"
          + " what checking costs beside inference.",
      "Exits 1 if a cheat that was audited was not flagged, judged and brought to the Court, or an"
          + " honest worker was flagged."
    })
final class BenchCheats implements Callable<Integer> {
  private static final int REQUESTERS = 2;

  /** Passed audits after which the rate has long been at its floor. */
  private static final long LONG_RECORD = 1_000;

  private static final Duration NOTHING_FOR = Duration.ofMinutes(10);

  /** After the last one: for evidence to be sent, mined, final and told. */
  private static final Duration CASES_WITHIN = Duration.ofSeconds(90);

  private static final int COMPARISONS = 2_000;

  /** From so many texts on, four of them are a small part. */
  private static final int SUB_SAMPLED = 32;

  @Mixin private BenchOptions options = new BenchOptions();

  @Mixin private AuditedJobs jobs = new AuditedJobs();

  @Option(
      names = "--steady-jobs",
      defaultValue = "4000",
      description = "jobs for the cost of checking; default: ${DEFAULT-VALUE}, 0 leaves it out")
  private int steadyJobs;

  @Option(
      names = "--steady-items",
      defaultValue = "1",
      description =
          "texts of each of these jobs, 1 to 256; of more than four a verifier computes four;"
              + " default: ${DEFAULT-VALUE}")
  private int steadyItems;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  /** A worker's process, and whether its answers are right. */
  record Party(String name, WalletAddress wallet, boolean isHonest, ChildProcess process) {}

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    int honest = jobs.honestWorkers();
    if (steadyItems < 1 || steadyItems > EmbeddingsInput.MAX_TEXTS) {
      throw new Refusal(
          ExitCode.USAGE, "--steady-items is 1 to %d.".formatted(EmbeddingsInput.MAX_TEXTS));
    }
    PrintWriter out = spec.commandLine().getOut();
    var chance = new SplittableRandom(options.seed());
    var report =
        new Report(
            "%d jobs over %d honest workers and %d that cheat, seed %d"
                .formatted(jobs.count(), honest + 1, Cheat.values().length - 1, options.seed()));
    boolean isWrong;
    try (var market = BenchMarket.start("cheats", ApiSetup.AUDITED_SOON)) {
      String purse = DevelopmentAccounts.auditor(market.home().directory()).hex();
      List<MarketClient> requesters = market.requesters(REQUESTERS, chance.split());
      market.market().accounts().fund();
      List<Party> parties = startWorkers(market, honest);
      awaitOffers(market, parties.size());
      post(market, requesters, parties, jobs.count(), 1, jobs.over(), chance.split());
      awaitChecks(market, purse);
      awaitCases(market, purse);
      isWrong = tellCheats(out, report, market, parties, purse);
      if (steadyJobs > 0) {
        parties.stream()
            .filter(party -> !party.isHonest())
            .forEach(party -> party.process().stop());
        tellCost(report, market, requesters, parties, purse, chance.split());
      }
      parties.stream().filter(Party::isHonest).forEach(party -> party.process().stop());
    }
    report.print(out, options.json());
    return isWrong || options.strict() && report.isMissed() ? 1 : 0;
  }

  private List<Party> startWorkers(BenchMarket market, int honest) {
    List<String> agents = new ArrayList<>();
    for (int i = 1; i <= honest; i++) {
      agents.add("honest-" + i);
    }
    List<String> names = new ArrayList<>(agents);
    Arrays.stream(Cheat.values()).map(Cheat::toString).forEach(names::add);
    market.bondAgents(names);
    Path shown = market.home().scratch().resolve("shown");
    List<Party> parties = new ArrayList<>();
    for (String name : agents) {
      // One seat in the draw each, so that seven seats are seven workers.
      var process = market.market().startWorker(name, List.of("--concurrency", "1"));
      parties.add(new Party(name, market.market().owner(name), true, process));
    }
    for (Cheat cheat : Cheat.values()) {
      String name = cheat.toString();
      var process = market.market().startCheat(name, cheat, shown, CheatingWorker.USUAL);
      parties.add(new Party(name, market.market().owner(name), cheat.isHonest(), process));
    }
    return parties;
  }

  static void awaitOffers(BenchMarket market, int workers)
      throws InterruptedException, SQLException {
    try (var connection = market.database()) {
      for (int i = 0; i < 1200; i++) {
        if (MarketAudit.count(connection, "select count(distinct worker) from offer") == workers) {
          return;
        }
        Thread.sleep(100);
      }
      throw new Refusal(ExitCode.SOFTWARE, "Not all workers offered something in two minutes.");
    }
  }

  /**
   * All at an even pace, each with a text of its own; returns when all have an end. Each names its
   * worker, in turn: whoever computes nothing answers first, and would be given all of them.
   */
  static void post(
      BenchMarket market,
      List<MarketClient> requesters,
      List<Party> workers,
      int count,
      int items,
      Duration over,
      SplittableRandom chance)
      throws IOException, InterruptedException, SQLException {
    post(
        market,
        requesters,
        workers,
        count,
        over,
        chance,
        (id, worker) ->
            """
            {"id":"job_%s","model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":[%s]},
             "provider":{"only":["%s"]}}\
            """
                .formatted(id, texts(items, chance), worker.wallet()));
  }

  /** What is asked of a worker. */
  interface Asked {
    String of(UUID id, Party worker);
  }

  static void post(
      BenchMarket market,
      List<MarketClient> requesters,
      List<Party> workers,
      int count,
      Duration over,
      SplittableRandom chance,
      Asked asked)
      throws IOException, InterruptedException, SQLException {
    var ids = new Ids(BenchMarket.CLOCK, chance.split());
    // Connections of their own: those by which the requesters signed in have long been idle.
    List<MarketClient> posting = requesters.stream().map(MarketClient::another).toList();
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long left = start + over.toNanos() * i / count - System.nanoTime();
      if (left > 0) {
        Thread.sleep(Duration.ofNanos(left));
      }
      Party worker = workers.get(i % workers.size());
      byte[] job = asked.of(ids.next(), worker).getBytes(StandardCharsets.UTF_8);
      HttpConnection.Answer answer =
          posting.get(chance.nextInt(posting.size())).send("POST", "/api/jobs", job);
      if (answer.status() / 100 != 2) {
        throw new Refusal(ExitCode.SOFTWARE, "A job was refused: " + answer.text());
      }
    }
    posting.forEach(MarketClient::close);
    try (var connection = market.database()) {
      awaitNone(
          "jobs have no end", () -> MarketAudit.count(connection, "select count(*) from open_job"));
    }
  }

  @FunctionalInterface
  private interface Left {
    long count() throws SQLException;
  }

  /** However slow the machine is: given up only when for long none has become fewer. */
  private static void awaitNone(String what, Left left) throws InterruptedException, SQLException {
    long fewest = Long.MAX_VALUE;
    long since = System.nanoTime();
    while (true) {
      long now = left.count();
      if (now == 0) {
        return;
      }
      if (now < fewest) {
        fewest = now;
        since = System.nanoTime();
      } else if (System.nanoTime() - since > NOTHING_FOR.toNanos()) {
        throw new Refusal(
            ExitCode.SOFTWARE,
            "%d %s, as many as %d minutes ago.".formatted(now, what, NOTHING_FOR.toMinutes()));
      }
      Thread.sleep(200);
    }
  }

  private static String texts(int count, RandomGenerator chance) {
    return IntStream.range(0, count)
        .mapToObj(_ -> '"' + text(chance) + '"')
        .collect(Collectors.joining(","));
  }

  private static String text(RandomGenerator chance) {
    List<String> words = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      words.add(Integer.toString(chance.nextInt(36 * 36 * 36), 36));
    }
    return String.join(" ", words);
  }

  /** Until each result is paid or refunded. */
  static void awaitChecks(BenchMarket market, String purse)
      throws InterruptedException, SQLException {
    try (var connection = market.database()) {
      awaitNone("results are not checked", () -> AuditFigures.unfinished(connection, purse));
    }
  }

  /** Until the market has heard from the chain of a case for each verdict, or of no more. */
  static void awaitCases(BenchMarket market, String purse)
      throws InterruptedException, SQLException {
    long since = System.nanoTime();
    long known = -1;
    try (var connection = market.database()) {
      while (System.nanoTime() - since < CASES_WITHIN.toNanos()) {
        OfWorker all =
            AuditFigures.byWorker(connection, purse).values().stream()
                .reduce(OfWorker.NOTHING, OfWorker::plus);
        if (all.cases() == all.invalid()) {
          return;
        }
        if (all.cases() > known) {
          known = all.cases();
          since = System.nanoTime();
        }
        Thread.sleep(500);
      }
    }
  }

  /** Answers whether a cheat went free or an honest worker did not. */
  private boolean tellCheats(
      PrintWriter out, Report report, BenchMarket market, List<Party> parties, String purse)
      throws SQLException {
    Map<String, OfWorker> byWallet;
    long audits;
    try (var connection = market.database()) {
      byWallet = AuditFigures.byWorker(connection, purse);
      audits = AuditFigures.audits(connection, purse);
    }
    Map<String, OfWorker> byName = new LinkedHashMap<>();
    OfWorker right = OfWorker.NOTHING;
    OfWorker wrong = OfWorker.NOTHING;
    boolean isWrong = false;
    for (Party party : parties) {
      OfWorker figures = byWallet.getOrDefault(party.wallet().hex(), OfWorker.NOTHING);
      byName.put(party.name(), figures);
      if (party.isHonest()) {
        right = right.plus(figures);
        isWrong |= figures.flagged() > 0 || figures.invalid() > 0;
      } else {
        wrong = wrong.plus(figures);
        isWrong |= figures.audited() > 0 && (figures.invalid() == 0 || figures.cases() == 0);
        isWrong |= figures.flagged() < figures.audited();
      }
    }
    if (options.json()) {
      byName.forEach((name, figures) -> {
        report.add(name + ": results", figures.results(), "results");
        report.add(name + ": executed again by a verifier", figures.audited(), "results");
        report.add(name + ": flagged", figures.flagged(), "results");
        report.add(name + ": invalid by a signed verdict", figures.invalid(), "results");
        report.add(name + ": cases at the Court", figures.cases(), "cases");
      });
    } else {
      print(out, byName);
    }
    report.add("executions that the market bought to check", audits, "results");
    report.atLeast(
        "F13",
        "flagged, of cheats' audited results",
        percent(wrong.flagged(), wrong.audited()),
        "%",
        100);
    report.atLeast(
        "",
        "judged invalid, of cheats' flagged results",
        percent(wrong.invalid(), wrong.flagged()),
        "%",
        95);
    report.atMost(
        "F14",
        "flagged, of honest workers' audited results",
        percent(right.flagged(), right.audited()),
        "%",
        0);
    return isWrong;
  }

  private static void print(PrintWriter out, Map<String, OfWorker> byName) {
    out.printf(
        "%n  %-14s %8s %8s %8s %8s %8s %9s %6s  %s%n",
        "worker",
        "results",
        "audited",
        "flagged",
        "invalid",
        "upheld",
        "unchecked",
        "cases",
        "answers");
    byName.forEach((name, of) ->
        out.printf(
            "  %-14s %8d %8d %8d %8d %8d %9d %6d  %s%n",
            name,
            of.results(),
            of.audited(),
            of.flagged(),
            of.invalid(),
            of.upheld(),
            of.unchecked(),
            of.cases(),
            Arrays.stream(Cheat.values())
                .filter(cheat -> cheat.toString().equals(name))
                .map(Cheat::words)
                .findFirst()
                .orElse("as the agent has them")));
    out.flush();
  }

  private static double percent(long part, long whole) {
    return whole == 0 ? Double.NaN : 100.0 * part / whole;
  }

  /**
   * A text costs a verifier what it costs a worker, so the processor time of all agents is shared
   * out by how many texts were for what. To the checks is added what the market takes to compare.
   */
  private void tellCost(
      Report report,
      BenchMarket market,
      List<MarketClient> requesters,
      List<Party> parties,
      String purse,
      SplittableRandom chance)
      throws IOException, InterruptedException, SQLException {
    List<Party> working = parties.stream().filter(Party::isHonest).toList();
    List<ChildProcess> agents = working.stream().map(Party::process).toList();
    long resultsBefore;
    long auditsBefore;
    try (var connection = market.database()) {
      AuditFigures.age(connection, LONG_RECORD);
      resultsBefore = AuditFigures.results(connection, purse);
      auditsBefore = AuditFigures.audits(connection, purse);
    }
    Duration before = cpu(agents);
    Duration over = Duration.ofMillis(12L * steadyJobs * steadyItems);
    post(market, requesters, working, steadyJobs, steadyItems, over, chance);
    awaitChecks(market, purse);
    double agentsCpu = cpu(agents).minus(before).toNanos() / 1e9;
    try (var connection = market.database()) {
      long results = AuditFigures.results(connection, purse) - resultsBefore;
      long audits = AuditFigures.audits(connection, purse) - auditsBefore;
      long inferred = results * steadyItems;
      long again = audits * Math.min(steadyItems, Judge.ITEMS);
      double each = agentsCpu / (inferred + again);
      double comparing = audits * secondsOfAComparison(steadyItems, chance);
      report.add(
          "jobs of %d texts, of workers with a long record".formatted(steadyItems),
          results,
          "results");
      report.add("executed again to check them", audits, "results");
      report.add("CPU of inference", each * inferred, "s");
      report.add("CPU of executing again", each * again, "s");
      report.add("CPU of comparing", comparing, "s");
      report.atMost(
          "F10",
          "CPU of verification / of inference",
          100 * (each * again + comparing) / (each * inferred),
          "%",
          steadyItems < SUB_SAMPLED ? 4 : 1);
    }
  }

  private static Duration cpu(List<ChildProcess> processes) {
    return processes.stream()
        .map(process -> ProcessHandle.of(process.pid()).map(Usage::of).orElseThrow().cpu())
        .reduce(Duration.ZERO, Duration::plus);
  }

  /** Two outputs read and held against each other, as the market does, in this process. */
  private static double secondsOfAComparison(int items, RandomGenerator chance) {
    var comparison =
        new OutputComparison(KnownModels.ALL_MINILM_L6_V2.digest(), ProfileClass.F32_CPU);
    JsonMapper json = JsonMapper.shared();
    List<float[]> vectors = new ArrayList<>();
    for (int i = 0; i < items; i++) {
      float[] vector = new float[384];
      for (int d = 0; d < vector.length; d++) {
        vector[d] = (float) (chance.nextGaussian() / Math.sqrt(vector.length));
      }
      vectors.add(vector);
    }
    List<Integer> looked = IntStream.range(0, Math.min(items, Judge.ITEMS)).boxed().toList();
    byte[] kept = json.writeValueAsBytes(EmbeddingsOutput.of(vectors));
    byte[] again =
        json.writeValueAsBytes(EmbeddingsOutput.of(looked.stream().map(vectors::get).toList()));
    var threads = ManagementFactory.getThreadMXBean();
    long passed = 0;
    long began = threads.getCurrentThreadCpuTime();
    for (int i = 0; i < COMPARISONS; i++) {
      EmbeddingsOutput claim = json.readValue(kept, EmbeddingsOutput.class);
      EmbeddingsOutput right = json.readValue(again, EmbeddingsOutput.class);
      passed +=
          comparison.assess(Digest.ZERO, claim, looked, right) instanceof Assessment.Pass ? 1 : 0;
    }
    long took = threads.getCurrentThreadCpuTime() - began;
    if (passed != COMPARISONS) {
      throw new IllegalStateException("A vector is not like itself.");
    }
    return took / 1e9 / COMPARISONS;
  }
}
