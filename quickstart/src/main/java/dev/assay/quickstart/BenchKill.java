package dev.assay.quickstart;

import dev.assay.determinism.Ids;
import dev.assay.protocol.JobId;
import dev.assay.quickstart.bench.LifecycleLoad;
import dev.assay.quickstart.bench.MarketAudit;
import dev.assay.quickstart.bench.MarketClient;
import dev.assay.quickstart.bench.Report;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What was promised is still there after the API was killed. */
@Command(
    name = "kill",
    mixinStandardHelpOptions = true,
    description = {
      "kill -9 of the API under load, and a start at once as a supervisor would.",
      "Requesters and workers just ask again. Then each job that was answered with 2xx is looked"
          + " for, and the database is asked whether all ended once and the money adds up.",
      "Exits 1 if anything was lost."
    })
final class BenchKill implements Callable<Integer> {
  @Mixin private BenchOptions options = new BenchOptions();

  @Option(names = "--kills", defaultValue = "3", description = "default: ${DEFAULT-VALUE}")
  private int kills;

  @Option(names = "--workers", defaultValue = "8", description = "default: ${DEFAULT-VALUE}")
  private int workers;

  @Option(names = "--connections", defaultValue = "16", description = "default: ${DEFAULT-VALUE}")
  private int connections;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    PrintWriter out = spec.commandLine().getOut();
    var chance = new SplittableRandom(options.seed());
    // A lease whose answer died with the API is free again after three of these.
    var setup = ApiSetup.OF_A_SERVER.with("MARKETPLACE_DISPATCH_HEARTBEAT", "1s");
    try (var market = BenchMarket.start("kill", setup);
        var load = new LifecycleLoad(new Ids(BenchMarket.CLOCK, chance.split()), 2_000)) {
      market.startWorkers(load, workers, chance.split());
      List<MarketClient> requesters = market.requesters(4, chance.split());
      for (int i = 0; i < connections; i++) {
        load.post(requesters.get(i % requesters.size()).another());
      }
      var report = new Report("kill -9 of the API under load, seed %d".formatted(options.seed()));
      double slowest = 0;
      for (int i = 1; i <= kills; i++) {
        Thread.sleep(4_000 + chance.nextInt(2_000));
        long before = load.posted();
        long killed = System.nanoTime();
        market.killApi();
        market.startApi();
        double back = awaitLife(load, killed);
        report.add(
            "kill %d, after %,d jobs: until jobs are taken and answered again".formatted(i, before),
            back,
            "s");
        slowest = Math.max(slowest, back);
      }
      Thread.sleep(3_000);
      load.stopPosting();
      boolean isAnswered = load.awaitResults(60_000);
      load.close();
      report.add("jobs taken with 2xx", load.posted(), "jobs");
      report.add("questions that died or were put off, and asked again", load.refused(), "posts");
      report.atMost("F19", "slowest recovery", slowest, "s", 15);
      report.atMost("", "jobs taken and never answered", isAnswered ? 0 : 1, "wrong", 0);
      boolean isWrong = !isAnswered;
      try (Connection connection = market.database()) {
        long lost = lost(connection, load.taken());
        report.atMost("", "jobs taken with 2xx that are not there", lost, "lost", 0);
        isWrong |= lost > 0;
        for (var wrong : MarketAudit.of(connection).entrySet()) {
          report.atMost("", wrong.getKey(), wrong.getValue(), "wrong", 0);
          isWrong |= wrong.getValue() != 0;
        }
      }
      report.print(out, options.json());
      return isWrong || options.strict() && report.isMissed() ? 1 : 0;
    }
  }

  /**
   * @return seconds from the kill until a job posted after it was taken and one was answered
   */
  private static double awaitLife(LifecycleLoad load, long killed) throws InterruptedException {
    long started = System.nanoTime(); // what was answered before is not its
    for (int i = 0; i < 3_000; i++) {
      if (load.lastPostNanos() > started && load.lastResultNanos() > started) {
        return (System.nanoTime() - killed) / 1e9;
      }
      Thread.sleep(20);
    }
    return Double.POSITIVE_INFINITY;
  }

  private static long lost(Connection connection, List<String> ids) throws SQLException {
    try (var statement =
        connection.prepareStatement(
            """
            select count(*) from unnest(?::uuid[]) as taken (id)
            where not exists (select from marketplace.job where job.id = taken.id)
            """)) {
      statement.setArray(
          1,
          connection.createArrayOf(
              "text", ids.stream().map(id -> JobId.parse(id).uuid().toString()).toArray()));
      try (var rows = statement.executeQuery()) {
        rows.next();
        return rows.getLong(1);
      }
    }
  }
}
