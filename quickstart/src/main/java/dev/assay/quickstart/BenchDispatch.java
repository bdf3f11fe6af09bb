package dev.assay.quickstart;

import dev.assay.determinism.Ids;
import dev.assay.protocol.LocalSigner;
import dev.assay.quickstart.bench.DispatchLoad;
import dev.assay.quickstart.bench.GraphileWorkerPeer;
import dev.assay.quickstart.bench.Latencies;
import dev.assay.quickstart.bench.LifecycleLoad;
import dev.assay.quickstart.bench.MarketClient;
import dev.assay.quickstart.bench.NotifyClaim;
import dev.assay.quickstart.bench.ProtocolWorker;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.DatabaseLogin;
import dev.assay.quickstart.stack.PostgresAddress;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How soon a waiting worker has a job. */
@Command(
    name = "dispatch",
    mixinStandardHelpOptions = true,
    description = {
      "From posting a job to the lease in the hand of a parked worker, at a low rate, durably.",
      "In the same run, on the same PostgreSQL: insert, NOTIFY and claim by hand; graphile-worker.",
      "Measured is a server that has been at work for a while: --warmup."
    })
final class BenchDispatch implements Callable<Integer> {
  private static final int CONNECTIONS = 16;
  private static final int UNANSWERED = 1_000;
  private static final long PATIENCE_MILLIS = 60_000;

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(names = "--jobs", defaultValue = "500", description = "default: ${DEFAULT-VALUE}")
  private int jobs;

  @Option(
      names = "--interval",
      defaultValue = "25",
      description = "milliseconds between two jobs; default: ${DEFAULT-VALUE}")
  private int interval;

  @Option(
      names = "--warmup",
      defaultValue = "90",
      description =
          "seconds of full load before, for the compiler to be done; default: ${DEFAULT-VALUE}")
  private int warmup;

  @Option(names = "--workers", defaultValue = "8", description = "default: ${DEFAULT-VALUE}")
  private int workers;

  @Option(names = "--no-peers", description = "without graphile-worker")
  private boolean withoutPeers;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    var chance = new SplittableRandom(options.seed());
    var ids = new Ids(BenchMarket.CLOCK, chance.split());
    var report = new Report("dispatch, %d jobs, one every %d ms".formatted(jobs, interval));
    try (var market = BenchMarket.start("dispatch", ApiSetup.OF_A_SERVER)) {
      DatabaseLogin owner =
          market.stack().postgres().address().superuserLogin(PostgresAddress.DATABASE);
      List<ProtocolWorker> waiting = market.workers(workers, chance.split());
      var wallet = LocalSigner.create(chance);
      MarketClient requester = market.requesters(List.of(wallet)).getFirst();
      market.stopSettlement();
      warmUp(requester, waiting, ids);
      // Its connection has been idle since, and is closed by now.
      MarketClient poster = requester.another();
      DispatchLoad.run(poster, wallet.address(), waiting, ids, jobs, 5); // and one by one
      Latencies ours = DispatchLoad.run(poster, wallet.address(), waiting, ids, jobs, interval);
      var byHand = new NotifyClaim(owner, ids);
      byHand.run(jobs / 2, 5);
      Latencies bare = byHand.run(jobs, interval);
      report.add("market: post to lease in hand, p50", ours.p50(), "ms");
      report.add("market: post to lease in hand, p99", ours.p99(), "ms");
      report.add("LISTEN/NOTIFY and claim by hand, p50", bare.p50(), "ms");
      report.add("LISTEN/NOTIFY and claim by hand, p99", bare.p99(), "ms");
      report.atMost("F3", "p50 / by hand", ours.p50() / bare.p50(), "x", 1.5);
      report.atMost("F3", "p99 / by hand", ours.p99() / bare.p99(), "x", 2);
      if (!withoutPeers) {
        GraphileWorkerPeer.Latency peer =
            new GraphileWorkerPeer(Checkout.find(), owner).latency(jobs, interval);
        report.add("graphile-worker, p50", peer.p50(), "ms");
        report.add("graphile-worker, p99", peer.p99(), "ms");
        report.add("p50 / graphile-worker", ours.p50() / peer.p50(), "x");
        report.add("p99 / graphile-worker", ours.p99() / peer.p99(), "x");
      }
    }
    report.print(spec.commandLine().getOut(), options.json());
    return options.strict() && report.isMissed() ? 1 : 0;
  }

  private void warmUp(MarketClient requester, List<ProtocolWorker> workers, Ids ids)
      throws InterruptedException {
    try (var load = new LifecycleLoad(ids, UNANSWERED)) {
      workers.forEach(load::work);
      for (int i = 0; i < CONNECTIONS; i++) {
        load.post(requester.another());
      }
      Thread.sleep(warmup * 1_000L);
      load.stopPosting();
      if (!load.awaitResults(PATIENCE_MILLIS)) {
        throw new IllegalStateException("Not all jobs of the warm-up were done");
      }
    }
  }
}
