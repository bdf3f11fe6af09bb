package dev.assay.quickstart;

import dev.assay.quickstart.economics.SimulatedResult;
import dev.assay.quickstart.economics.Simulation;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "economics",
    mixinStandardHelpOptions = true,
    description = "Plays cheats against the market's rules; fails if one of them pays.")
final class BenchEconomics implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Option(names = "--seed", paramLabel = "N", description = "The same seed, the same table.")
  private long seed = 20_261_125;

  @Option(names = "--honest-jobs", paramLabel = "N", description = "Jobs of honest workers.")
  private long honestJobs = 10_000_000;

  @Option(names = "--lives", paramLabel = "N", description = "Workers that try each strategy.")
  private int lives = 2_000;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    List<SimulatedResult> results = new Simulation(seed, honestJobs, lives).run();
    out.printf("seed %d; one price is what a job costs%n", seed);
    for (SimulatedResult result : results) {
      out.printf(
          "%-6s %-48s %s%n       %-48s target: %s%n",
          result.isMet() ? "ok" : "MISSED",
          result.strategy(),
          result.measured(),
          "",
          result.target());
    }
    out.flush();
    return results.stream().allMatch(SimulatedResult::isMet) ? 0 : 1;
  }
}
