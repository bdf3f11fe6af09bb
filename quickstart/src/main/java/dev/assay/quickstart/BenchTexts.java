package dev.assay.quickstart;

import dev.assay.agent.backend.OpenAiRuntime;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.content.ModelManifest;
import dev.assay.quickstart.BenchCheats.Party;
import dev.assay.quickstart.bench.AuditFigures;
import dev.assay.quickstart.bench.AuditFigures.OfWorker;
import dev.assay.quickstart.bench.MarketClient;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.demo.Library;
import dev.assay.quickstart.language.LanguageModel;
import dev.assay.quickstart.language.LanguageModel.Precision;
import dev.assay.quickstart.language.LanguageServer;
import dev.assay.quickstart.language.Speaker;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A running market for texts in which the runtimes of some workers are not what they say. */
@Command(
    name = "texts",
    mixinStandardHelpOptions = true,
    description = {
      "Honest and cheating workers that sell a language model: who is flagged by token statistics.",
      "Every worker is the shipped agent, a process each, over a runtime of this process; the"
          + " runtimes of the honest ones compute in three precisions, those of the cheating ones"
          + " lie. All audits, committees and verdicts are the market's own.",
      "Exits 1 if a smaller model was not flagged, judged and brought to the Court, the prefill"
          + " attack was not found out, or an honest worker was flagged."
    })
final class BenchTexts implements Callable<Integer> {
  private static final int REQUESTERS = 2;
  private static final int TOKENS = 48;

  @Mixin private BenchOptions options = new BenchOptions();

  /** The agents serve the model of every market too, so they share their bond out between two. */
  private static final TokenAmount SEAT =
      TokenAmount.of(DevelopmentAccounts.GIFT.toBigInteger().shiftRight(1));

  @Mixin private AuditedJobs jobs = new AuditedJobs();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  /** A worker, by its runtime. */
  private record Seller(String name, String words, boolean isHonest, Speaker speaker) {}

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    int honest = jobs.honestWorkers();
    PrintWriter out = spec.commandLine().getOut();
    var chance = new SplittableRandom(options.seed());
    LanguageModel sold = LanguageModel.full(Precision.DOUBLE);
    List<Seller> runtimes = runtimes(sold, honest);
    var report =
        new Report(
            "%d texts over %d honest workers and %d that cheat, seed %d"
                .formatted(jobs.count(), honest, runtimes.size() - honest, options.seed()));
    List<LanguageServer> servers = new ArrayList<>();
    boolean isWrong;
    try {
      runtimes.forEach(runtime -> servers.add(LanguageServer.start(0, sold, runtime.speaker)));
      ApiSetup setup =
          ApiSetup.AUDITED_SOON
              .serving(manifest(servers.getFirst()))
              .with("MARKETPLACE_AUDIT_VERIFIERBOND", SEAT.toString());
      try (var market = BenchMarket.start("texts", setup)) {
        String purse = DevelopmentAccounts.auditor(market.home().directory()).hex();
        List<MarketClient> requesters = market.requesters(REQUESTERS, chance.split());
        market.market().accounts().fund();
        List<Party> parties = startWorkers(market, runtimes, servers);
        BenchCheats.awaitOffers(market, parties.size());
        SplittableRandom words = chance.split();
        BenchCheats.post(
            market,
            requesters,
            parties,
            jobs.count(),
            jobs.over(),
            chance.split(),
            (id, worker) ->
                """
                {"id":"job_%s","model":"%s","provider":{"only":["%s"]},
                 "input":{"kind":"chat","messages":[{"role":"user","content":"%s"}],
                          "maxTokens":%d,"temperatureMilli":1000,"seed":%d}}\
                """
                    .formatted(
                        id,
                        LanguageModel.NAME,
                        worker.wallet(),
                        prompt(words),
                        TOKENS,
                        words.nextInt(Integer.MAX_VALUE)));
        BenchCheats.awaitChecks(market, purse);
        BenchCheats.awaitCases(market, purse);
        isWrong = tell(out, report, market, runtimes, parties, purse);
        parties.forEach(party -> party.process().stop());
      }
    } finally {
      servers.forEach(LanguageServer::close);
    }
    report.print(out, options.json());
    return isWrong || options.strict() && report.isMissed() ? 1 : 0;
  }

  private static List<Seller> runtimes(LanguageModel sold, int honest) {
    List<LanguageModel> precisions =
        List.of(sold, LanguageModel.full(Precision.SINGLE), LanguageModel.full(Precision.BFLOAT16));
    List<Seller> runtimes = new ArrayList<>();
    for (int i = 0; i < honest; i++) {
      LanguageModel model = precisions.get(i % precisions.size());
      String words = List.of("64-bit floats", "32-bit floats", "weights in 16 bits").get(i % 3);
      runtimes.add(new Seller("honest-" + (i + 1), words, true, new Speaker(model, model)));
    }
    LanguageModel small = LanguageModel.small();
    LanguageModel coarse = LanguageModel.full(Precision.FOUR_BIT);
    runtimes.add(new Seller("smaller", "a smaller model", false, new Speaker(small, small)));
    runtimes.add(
        new Seller("coarse", "logits in steps of 1/2", false, new Speaker(coarse, coarse)));
    runtimes.add(
        new Seller(
            "prefilling",
            "a smaller model writes, the right one scores",
            false,
            new Speaker(small, sold)));
    return runtimes;
  }

  /** As an agent finds it. */
  static ModelManifest manifest(LanguageServer server) throws InterruptedException {
    if (!(OpenAiRuntime.probe(server.address())
        instanceof OpenAiRuntime.Probe.Found(OpenAiRuntime runtime))) {
      throw new Refusal(ExitCode.SOFTWARE, "The language model does not answer.");
    }
    try (runtime) {
      return runtime.models().getFirst().manifest();
    }
  }

  private static List<Party> startWorkers(
      BenchMarket market, List<Seller> runtimes, List<LanguageServer> servers) {
    market.bondAgents(runtimes.stream().map(Seller::name).toList());
    List<Party> parties = new ArrayList<>();
    for (int i = 0; i < runtimes.size(); i++) {
      Seller runtime = runtimes.get(i);
      // A liar that checks others finds them wrong: that costs a committee, and says nothing of
      // them.
      List<String> arguments =
          List.of(
              "--concurrency=1",
              "--runtime=" + servers.get(i).address(),
              "--verifies=" + runtime.isHonest);
      var process = market.market().startWorker(runtime.name, arguments);
      parties.add(
          new Party(runtime.name, market.market().owner(runtime.name), runtime.isHonest, process));
    }
    return parties;
  }

  private static String prompt(SplittableRandom chance) {
    List<String> paragraphs = Library.paragraphs();
    String paragraph = paragraphs.get(chance.nextInt(paragraphs.size()));
    List<String> words = List.of(paragraph.replaceAll("[^A-Za-z ]", "").strip().split(" +", -1));
    int from = chance.nextInt(Math.max(1, words.size() - 6));
    return String.join(" ", words.subList(from, Math.min(words.size(), from + 6)));
  }

  /** Answers whether a cheat went free or an honest worker did not. */
  private boolean tell(
      PrintWriter out,
      Report report,
      BenchMarket market,
      List<Seller> runtimes,
      List<Party> parties,
      String purse)
      throws SQLException {
    Map<String, OfWorker> byWallet;
    Set<String> suspects = new HashSet<>();
    try (var connection = market.database()) {
      byWallet = AuditFigures.byWorker(connection, purse);
      try (var statement = connection.createStatement();
          var rows =
              statement.executeQuery(
                  "select worker from marketplace.surprisal where is_decisive")) {
        while (rows.next()) {
          suspects.add(rows.getString("worker"));
        }
      }
    }
    Map<String, OfWorker> byName = new LinkedHashMap<>();
    parties.forEach(party ->
        byName.put(party.name(), byWallet.getOrDefault(party.wallet().hex(), OfWorker.NOTHING)));
    out.printf(
        "%n  %-12s %8s %8s %8s %8s %9s %6s %11s  %s%n",
        "worker",
        "results",
        "audited",
        "flagged",
        "invalid",
        "unchecked",
        "cases",
        "surprising",
        "runtime");
    for (int i = 0; i < parties.size(); i++) {
      OfWorker of = byName.getOrDefault(parties.get(i).name(), OfWorker.NOTHING);
      out.printf(
          "  %-12s %8d %8d %8d %8d %9d %6d %11s  %s%n",
          parties.get(i).name(),
          of.results(),
          of.audited(),
          of.flagged(),
          of.invalid(),
          of.unchecked(),
          of.cases(),
          suspects.contains(parties.get(i).wallet().hex()) ? "yes" : "no",
          runtimes.get(i).words);
    }
    out.flush();
    OfWorker right =
        parties.stream()
            .filter(Party::isHonest)
            .map(party -> byName.getOrDefault(party.name(), OfWorker.NOTHING))
            .reduce(OfWorker.NOTHING, OfWorker::plus);
    OfWorker smaller = byName.getOrDefault("smaller", OfWorker.NOTHING);
    OfWorker coarse = byName.getOrDefault("coarse", OfWorker.NOTHING);
    Set<String> found =
        parties.stream()
            .filter(party -> suspects.contains(party.wallet().hex()))
            .map(Party::name)
            .collect(Collectors.toSet());
    report.atLeast("", "flagged, of the smaller model's audited texts", percent(smaller), "%", 100);
    report.atMost("", "flagged, of honest workers' audited texts", percent(right), "%", 0);
    report.add("flagged, of audited texts of logits in steps of 1/2", percent(coarse), "%");
    report.add("honest texts audited", right.audited(), "texts");
    boolean isSmallerFree =
        smaller.audited() == 0
            || smaller.flagged() < smaller.audited()
            || smaller.invalid() == 0
            || smaller.cases() == 0;
    boolean isHonestHurt =
        right.flagged() > 0
            || right.invalid() > 0
            || Stream.concat(Stream.of(""), found.stream())
                .anyMatch(name -> name.startsWith("honest"));
    return isSmallerFree || isHonestHurt || !found.contains("prefilling");
  }

  private static double percent(OfWorker of) {
    return of.audited() == 0 ? Double.NaN : 100.0 * of.flagged() / of.audited();
  }
}
