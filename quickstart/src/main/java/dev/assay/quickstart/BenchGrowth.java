package dev.assay.quickstart;

import dev.assay.determinism.Ids;
import dev.assay.quickstart.bench.Backlog;
import dev.assay.quickstart.bench.LifecycleLoad;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.stack.DatabaseRole;
import java.io.IOException;
import java.sql.SQLException;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Whether a long queue makes each job dearer. */
@Command(
    name = "growth",
    mixinStandardHelpOptions = true,
    description = {
      "CPU of API and PostgreSQL for each job that is leased, attested and paid out of a short and"
          + " out of a long backlog. The backlog is written into the database as posts would have"
          + " left it; then the API starts on it, and workers drain some of it.",
      "The goal speaks of 1,500,000 jobs (--long=1500000); the default is a fifth of that."
    })
final class BenchGrowth implements Callable<Integer> {
  private static final int WORKERS = 8;

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(names = "--short", defaultValue = "30000", description = "default: ${DEFAULT-VALUE}")
  private int small;

  @Option(names = "--long", defaultValue = "300000", description = "default: ${DEFAULT-VALUE}")
  private int large;

  @Option(
      names = "--drained",
      defaultValue = "20000",
      description = "jobs measured, after a fifth as many to warm up; default: ${DEFAULT-VALUE}")
  private int drained;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  /** What a job cost, and what the process that knew them all held. */
  private record Cost(double micros, double startSeconds, long mebibytes) {}

  @Override
  public Integer call() throws IOException, InterruptedException, SQLException {
    var report = new Report("backlog of %,d beside %,d jobs".formatted(large, small));
    Cost few = drain(small);
    Cost many = drain(large);
    report.add("%,d jobs: CPU".formatted(small), few.micros(), "us/job");
    report.add("%,d jobs: CPU".formatted(large), many.micros(), "us/job");
    report.add("%,d jobs: start of the API".formatted(small), few.startSeconds(), "s");
    report.add("%,d jobs: start of the API".formatted(large), many.startSeconds(), "s");
    report.add("%,d jobs: resident memory".formatted(small), few.mebibytes(), "MiB");
    report.add("%,d jobs: resident memory".formatted(large), many.mebibytes(), "MiB");
    report.atMost("F12", "CPU of a job, long / short", many.micros() / few.micros(), "x", 1.2);
    report.print(spec.commandLine().getOut(), options.json());
    return options.strict() && report.isMissed() ? 1 : 0;
  }

  private Cost drain(int backlog) throws IOException, InterruptedException, SQLException {
    var chance = new SplittableRandom(options.seed());
    var ids = new Ids(BenchMarket.CLOCK, chance.split());
    var setup = ApiSetup.OF_A_SERVER.withJvmOption("-Xmx4g");
    try (var market = BenchMarket.start("growth", setup);
        var load = new LifecycleLoad(ids, 1)) {
      var workers = market.workers(WORKERS, chance.split());
      market.stopSettlement();
      market.stopApi();
      new Backlog(market.stack().postgres().address().login(DatabaseRole.MARKETPLACE))
          .write(backlog);
      long start = System.nanoTime();
      market.startApi();
      for (int i = 0; i < 600 && market.gauge("market_jobs_waiting") < backlog; i++) {
        Thread.sleep(100);
      }
      double started = (System.nanoTime() - start) / 1e9;
      workers.forEach(load::work);
      awaitAttested(load, drained / 5);
      long before = load.attested();
      Usage used = market.apiUsage().plus(market.postgresUsage());
      awaitAttested(load, before + drained);
      double micros =
          market.apiUsage().plus(market.postgresUsage()).cpu().minus(used.cpu()).toNanos()
              / 1e3
              / (load.attested() - before);
      return new Cost(micros, started, market.apiUsage().residentMebibytes());
    }
  }

  private static void awaitAttested(LifecycleLoad load, long count) throws InterruptedException {
    for (int i = 0; i < 6_000 && load.attested() < count; i++) {
      Thread.sleep(20);
    }
  }
}
