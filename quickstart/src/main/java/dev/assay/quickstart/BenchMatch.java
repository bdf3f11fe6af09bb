package dev.assay.quickstart;

import dev.assay.quickstart.bench.MatchMeasure;
import dev.assay.quickstart.bench.Report;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What one match costs, and whether it was the best. */
@Command(
    name = "match",
    mixinStandardHelpOptions = true,
    description = {
      "What a match costs on the market's own floor, in this process: jobs that find workers, and"
          + " workers that find jobs; and whether a search through all would have chosen better."
    })
final class BenchMatch implements Callable<Integer> {
  private static final int[] WORKERS = {1_000, 10_000, 100_000};
  private static final int[] JOBS = {1_000, 100_000, 1_000_000};
  private static final int SEARCHED = 2_048;

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(
      names = "--matches",
      defaultValue = "100000",
      description = "at each size; default: ${DEFAULT-VALUE}")
  private int matches;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() {
    var chance = new SplittableRandom(options.seed());
    var report = new Report("matching, %,d matches at each size, one core".formatted(matches));
    new MatchMeasure(chance.split()).jobsToWorkers(1_000, 50_000); // the compiler's share
    double[] micros = new double[WORKERS.length];
    for (int i = 0; i < WORKERS.length; i++) {
      int count = WORKERS[i];
      MatchMeasure.Cost cost = new MatchMeasure(chance.split()).jobsToWorkers(count, matches);
      micros[i] = cost.match() / 1e3;
      report.add("a job finds one of %,d workers".formatted(count), cost.match() / 1e3, "us");
      report.add("  … and that worker waits again", cost.park() / 1e3, "us");
    }
    for (int count : JOBS) {
      MatchMeasure.Cost cost = new MatchMeasure(chance.split()).workersToJobs(count, matches);
      report.add("a worker finds one of %,d jobs".formatted(count), cost.match() / 1e3, "us");
      report.add("  … and another job is posted", cost.park() / 1e3, "us");
    }
    report.atMost("F5", "a match at 100,000 workers", micros[2], "us", 3);
    report.atMost("F5", "growth from 1,000 to 100,000 workers", micros[2] / micros[0], "x", 3);
    report.atMost(
        "F5",
        "choices of %,d that a search through 10,000 would have bettered".formatted(SEARCHED),
        new MatchMeasure(chance.split()).regrets(10_000, SEARCHED),
        "regrets",
        0);
    report.print(spec.commandLine().getOut(), options.json());
    return options.strict() && report.isMissed() ? 1 : 0;
  }
}
