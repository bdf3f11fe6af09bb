package dev.assay.quickstart;

import dev.assay.quickstart.bench.AdminReads;
import dev.assay.quickstart.bench.HttpConnection;
import dev.assay.quickstart.bench.Latencies;
import dev.assay.quickstart.bench.MarketPast;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.stack.PostgresAddress;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Whether operators see a large market as fast as a small one. */
@Command(
    name = "admin",
    mixinStandardHelpOptions = true,
    description = {
      "How long the admin API takes for each of its lists, with each filter and from any page, for"
          + " each thing by itself, and for its figures, in a market with a week of jobs behind"
          + " it.",
      "The week is written into the database while no API runs: a million jobs take some minutes"
          + " and about ten gigabytes, which are deleted afterwards."
    })
final class BenchAdmin implements Callable<Integer> {
  private static final int OF_FIGURES_MILLIS = 50;
  private static final int OF_A_LIST_MILLIS = 100;
  private static final byte[] NOTHING = {};

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(names = "--jobs", defaultValue = "1000000", description = "default: ${DEFAULT-VALUE}")
  private int jobs;

  @Option(names = "--workers", defaultValue = "10000", description = "default: ${DEFAULT-VALUE}")
  private int workers;

  @Option(
      names = "--times",
      defaultValue = "200",
      description = "how often each is asked; default: ${DEFAULT-VALUE}")
  private int times;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    var report =
        new Report(
            "admin API, %,d jobs and %,d workers; p95 of %,d".formatted(jobs, workers, times));
    try (var market = BenchMarket.withoutApi("admin")) {
      market.migrateApi();
      long start = System.nanoTime();
      new MarketPast(market.stack().postgres().address().superuserLogin(PostgresAddress.DATABASE))
          .write(new MarketPast.Size(jobs, workers, Math.max(10, workers / 2), jobs / 10));
      report.add("the past is written after", (System.nanoTime() - start) / 1e9, "s");
      market.startApi(ApiSetup.OF_A_SERVER);
      String token =
          new DevelopmentIssuer(market.home().directory())
              .token("bench", List.of("viewer"), Duration.ofHours(12));
      try (var reads = new AdminReads(market.port(), token, new SplittableRandom(options.seed()))) {
        for (AdminReads.Read read : reads.measure(times)) {
          report.add("GET %s p50".formatted(read.what()), read.millis().p50(), "ms");
          report.atMost("", "GET " + read.what(), read.millis().p95(), "ms", OF_A_LIST_MILLIS);
        }
      }
      report.atMost("", "GET /actuator/prometheus", figures(market).p95(), "ms", OF_FIGURES_MILLIS);
    }
    report.print(spec.commandLine().getOut(), options.json());
    return options.strict() && report.isMissed() ? 1 : 0;
  }

  private Latencies figures(BenchMarket market) throws IOException {
    List<Double> millis = new ArrayList<>();
    try (var management = new HttpConnection(market.managementPort(), Duration.ofSeconds(60))) {
      for (int i = -times / 4; i < times; i++) {
        long start = System.nanoTime();
        management.send("GET", "/actuator/prometheus", "", NOTHING);
        if (i >= 0) {
          millis.add((System.nanoTime() - start) / 1e6);
        }
      }
    }
    return Latencies.of(millis);
  }
}
