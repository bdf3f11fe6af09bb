package dev.assay.quickstart;

import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.time.Duration;
import picocli.CommandLine.Option;

/** What a bench takes in which honest workers check those that cheat. */
final class AuditedJobs {
  /** So many sit on a committee. */
  private static final int FEWEST = 7;

  @Option(names = "--jobs", defaultValue = "240", description = "default: ${DEFAULT-VALUE}")
  private int jobs;

  @Option(
      names = "--honest",
      defaultValue = "8",
      description = "honest workers, which check the others; default: ${DEFAULT-VALUE}")
  private int honest;

  @Option(
      names = "--seconds",
      defaultValue = "60",
      description = "over how long the jobs are posted; default: ${DEFAULT-VALUE}")
  private int seconds;

  int count() {
    return jobs;
  }

  /**
   * @throws Refusal if they are too few to judge anybody
   */
  int honestWorkers() {
    if (honest < FEWEST) {
      throw new Refusal(
          ExitCode.USAGE, "--honest is %d at least: so many sit on a committee.".formatted(FEWEST));
    }
    return honest;
  }

  Duration over() {
    return Duration.ofSeconds(seconds);
  }
}
