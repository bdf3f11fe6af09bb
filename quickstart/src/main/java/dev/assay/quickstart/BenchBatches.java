package dev.assay.quickstart;

import dev.assay.determinism.Ids;
import dev.assay.protocol.LocalSigner;
import dev.assay.quickstart.bench.LifecycleLoad;
import dev.assay.quickstart.bench.MarketAudit;
import dev.assay.quickstart.bench.MarketClient;
import dev.assay.quickstart.bench.OpenAiBatch;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.stack.Checkout;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A batch outlives the market's process. */
@Command(
    name = "batches",
    mixinStandardHelpOptions = true,
    description = {
      "A batch of the unmodified openai client for Node (npm is needed once), and kill -9 of the"
          + " API in the middle, again and again, with a start at once as a supervisor would.",
      "Then the client's files are read: each line must be answered once; and the database is asked"
          + " whether each was one job and charged once. Each fiftieth line asks for a model that"
          + " is not there.",
      "Exits 1 if anything of that is wrong, or the batch was over before it was killed so often."
    })
final class BenchBatches implements Callable<Integer> {
  @Mixin private BenchOptions options = new BenchOptions();

  @Option(names = "--lines", defaultValue = "1000", description = "default: ${DEFAULT-VALUE}")
  private int lines;

  @Option(
      names = "--kills",
      defaultValue = "2",
      description = "of the API, spread over the batch; default: ${DEFAULT-VALUE}")
  private int kills;

  @Option(names = "--workers", defaultValue = "4", description = "default: ${DEFAULT-VALUE}")
  private int workers;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, SQLException {
    var chance = new SplittableRandom(options.seed());
    var client = new OpenAiBatch(Checkout.find());
    // A lease whose answer died with the API is free again after three heartbeats.
    var setup = ApiSetup.OF_A_SERVER.with("MARKETPLACE_DISPATCH_HEARTBEAT", "1s");
    var report = new Report("a batch of %,d lines under kill -9".formatted(lines));
    try (var market = BenchMarket.start("batches", setup);
        var load = new LifecycleLoad(new Ids(BenchMarket.CLOCK, chance.split()), 1)) {
      market.startWorkers(load, workers, chance.split());
      MarketClient requester = market.requesters(List.of(LocalSigner.create(chance))).getFirst();
      String key = requester.mintKey(List.of("jobs:write", "jobs:read"));
      List<Long> killedAt = new ArrayList<>();
      long start = System.nanoTime();
      OpenAiBatch.Outcome outcome =
          client.run(
              market.port(),
              key,
              lines,
              answered -> {
                long next = (killedAt.size() + 1L) * lines / (kills + 1);
                if (killedAt.size() < kills && answered >= next && answered < lines) {
                  killedAt.add(answered);
                  market.killApi();
                  market.startApi();
                }
              },
              market.home().resolve("openai.log"));
      double seconds = (System.nanoTime() - start) / 1e9;
      for (long answered : killedAt) {
        report.add("kill -9 of the API, answered until then", answered, "lines");
      }
      report.add("from the file to its answers, deaths and all", seconds, "s");
      tell(report, outcome, killedAt.size());
      try (Connection connection = market.database()) {
        tell(report, connection);
      }
      if (!options.json()) {
        spec.commandLine().getOut().println(outcome.client());
      }
    }
    report.print(spec.commandLine().getOut(), options.json());
    return report.isMissed() ? 1 : 0;
  }

  private void tell(Report report, OpenAiBatch.Outcome outcome, int killed) {
    report.atLeast("", "kills in the middle", killed, "kills", kills);
    check(report, "batches completed", outcome.status().equals("completed") ? 1 : 0, 1);
    check(report, "lines answered", outcome.completed(), good());
    check(report, "lines that fail by themselves", outcome.failed(), lines - good());
    report.atMost("", "lines that are in no file", outcome.unanswered(), "lines", 0);
    report.atMost("", "lines that are there twice", outcome.twice(), "lines", 0);
    report.atMost("", "lines with another answer", outcome.otherwise(), "lines", 0);
  }

  private void tell(Report report, Connection connection) throws SQLException {
    check(report, "jobs", MarketAudit.count(connection, "select count(*) from job"), good());
    check(
        report,
        "jobs that were charged",
        MarketAudit.count(
            connection, "select count(distinct job) from transfer where kind = 'charge'"),
        good());
    check(
        report,
        "charges",
        MarketAudit.count(connection, "select count(*) from transfer where kind = 'charge'"),
        good());
    for (var wrong : MarketAudit.of(connection).entrySet()) {
      report.atMost("", wrong.getKey(), wrong.getValue(), "wrong", 0);
    }
  }

  private static void check(Report report, String what, long count, long expected) {
    report.check("%s, of %,d".formatted(what, expected), count, "", count == expected);
  }

  private long good() {
    return lines - OpenAiBatch.wrongOf(lines);
  }
}
