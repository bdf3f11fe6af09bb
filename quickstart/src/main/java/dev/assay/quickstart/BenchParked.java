package dev.assay.quickstart;

import dev.assay.protocol.LocalSigner;
import dev.assay.quickstart.bench.ParkedWorkers;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.stack.DatabaseRole;
import java.io.IOException;
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

/** Many idle workers on one API process. */
@Command(
    name = "parked",
    mixinStandardHelpOptions = true,
    description = {
      "Workers that wait for work on one API process: its memory, and how soon all wait again after"
          + " kill -9. Each has a connection, so the system must allow twice as many open files as"
          + " there are workers, half of them to each process (ulimit -n)."
    })
final class BenchParked implements Callable<Integer> {
  private static final int PATIENCE_SECONDS = 180;

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(names = "--workers", defaultValue = "10000", description = "default: ${DEFAULT-VALUE}")
  private int workers;

  @Option(
      names = "--heap",
      paramLabel = "MIB",
      defaultValue = "384",
      description = "the most that the API's heap may take; default: ${DEFAULT-VALUE}")
  private int heap;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    var chance = new SplittableRandom(options.seed());
    List<LocalSigner> keys = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      keys.add(LocalSigner.create(chance));
    }
    var report = new Report("%,d workers parked on one API process".formatted(workers));
    try (var market = BenchMarket.withoutApi("parked")) {
      market.market().makeCaches(market.stack()); // an image has them
      market.startApi(setup());
      ParkedWorkers.bond(market.stack().postgres().address().login(DatabaseRole.MARKETPLACE), keys);
      Thread.sleep(1_500); // until the API has read it
      try (var parked = new ParkedWorkers(market.port(), keys, market.court(), BenchMarket.CLOCK)) {
        long start = System.nanoTime();
        parked.enter();
        report.add("all signed in and offering after", seconds(start), "s");
        start = System.nanoTime();
        parked.poll(chance.split());
        report.add("all parked after", awaitParked(market, start), "s");
        Thread.sleep(5_000);
        report.atMost(
            "F11", "resident memory of the API", market.apiUsage().residentMebibytes(), "MiB", 700);
        Usage idle = market.apiUsage();
        Thread.sleep(10_000);
        report.add(
            "CPU of the API meanwhile, of one core",
            market.apiUsage().cpu().minus(idle.cpu()).toMillis() / 100.0,
            "%");
        long killed = System.nanoTime();
        market.killApi();
        market.startApi();
        report.atMost(
            "F11", "all parked again after kill -9", awaitParked(market, killed), "s", 60);
        report.add("resident memory of the new API", market.apiUsage().residentMebibytes(), "MiB");
      }
    }
    report.print(spec.commandLine().getOut(), options.json());
    return options.strict() && report.isMissed() ? 1 : 0;
  }

  /** A server whose heap has room for so many and little more. */
  private ApiSetup setup() {
    return ApiSetup.OF_A_SERVER.withJvmOption("-Xmx%dm".formatted(heap));
  }

  /**
   * @return seconds since {@code start} at which the API counts all of them as parked
   */
  private double awaitParked(BenchMarket market, long start) throws InterruptedException {
    while (seconds(start) < PATIENCE_SECONDS) {
      if (market.gauge("market_polls_parked") >= workers) {
        return seconds(start);
      }
      Thread.sleep(100);
    }
    return Double.POSITIVE_INFINITY;
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
