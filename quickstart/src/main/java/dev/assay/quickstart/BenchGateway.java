package dev.assay.quickstart;

import dev.assay.protocol.LocalSigner;
import dev.assay.quickstart.bench.GatewayLoad;
import dev.assay.quickstart.bench.Latencies;
import dev.assay.quickstart.bench.MarketClient;
import dev.assay.quickstart.bench.Report;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the way through the market adds to a request of an OpenAI client. */
@Command(
    name = "gateway",
    mixinStandardHelpOptions = true,
    description = {
      "Embeddings asked of /v1 by 1, 16 and 64 clients at once, and of the same backend directly.",
      "The backend computes nothing; through the market each answer is posted, leased, signed,",
      "written down and paid for."
    })
final class BenchGateway implements Callable<Integer> {
  private static final List<Integer> CONCURRENT = List.of(1, 16, 64);

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "how long each figure is measured; default: ${DEFAULT-VALUE}")
  private int seconds;

  @Option(names = "--workers", defaultValue = "32", description = "default: ${DEFAULT-VALUE}")
  private int workers;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    var chance = new SplittableRandom(options.seed());
    var report = new Report("gateway, %d s for each figure".formatted(seconds));
    var time = Duration.ofSeconds(seconds);
    try (var market = BenchMarket.start("gateway", ApiSetup.OF_A_SERVER)) {
      var asked = market.workers(workers, chance.split());
      MarketClient requester = market.requesters(List.of(LocalSigner.create(chance))).getFirst();
      String key = requester.mintKey(List.of("jobs:write"));
      market.stopSettlement();
      try (var load = new GatewayLoad(asked)) {
        load.through(market.port(), key, 16, time); // warms up
        for (int concurrent : CONCURRENT) {
          Latencies direct = load.directly(concurrent, time);
          Latencies through = load.through(market.port(), key, concurrent, time);
          String at = " at %d concurrent".formatted(concurrent);
          report.add("directly, p50" + at, direct.p50(), "ms");
          report.add("directly, p99" + at, direct.p99(), "ms");
          report.add("through the market, p50" + at, through.p50(), "ms");
          report.add("through the market, p99" + at, through.p99(), "ms");
          double p50 = through.p50() - direct.p50();
          double p99 = through.p99() - direct.p99();
          if (concurrent == 1) {
            report.atMost("F4", "added, p50" + at, p50, "ms", 2);
            report.atMost("F4", "added, p99" + at, p99, "ms", 8);
          } else {
            report.add("added, p50" + at, p50, "ms");
            report.add("added, p99" + at, p99, "ms");
          }
        }
      }
    }
    report.print(spec.commandLine().getOut(), options.json());
    return options.strict() && report.isMissed() ? 1 : 0;
  }
}
