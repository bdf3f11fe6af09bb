package dev.assay.agent.cli;

import dev.assay.agent.work.Control;
import dev.assay.agent.work.WorkerHome;
import dev.assay.agent.work.WorkerStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code drain}: the worker finishes what it has, then stops. */
@Command(
    name = "drain",
    description = "Lets the worker of a home finish what it has and stop; waits for that.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:the worker has stopped, or is told to with --no-wait",
      "69:no worker runs in this home",
      "73:the home cannot be written"
    })
final class DrainCommand implements Callable<Integer> {
  private static final Duration LOOK = Duration.ofMillis(500);

  private final Surroundings surroundings;

  @Mixin private final HomeOptions home = new HomeOptions();

  @Option(names = "--no-wait", description = "Tell it, and do not wait until it has stopped.")
  private boolean noWait;

  DrainCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() throws InterruptedException {
    Path directory = home.directory(surroundings);
    try {
      if (!WorkerHome.isInUse(directory)) {
        throw new CommandFailure(
            ExitCode.UNAVAILABLE, "No worker runs in %s.".formatted(directory));
      }
      new Control(directory).drain();
      if (noWait) {
        surroundings.out().println("Draining.");
        return ExitCode.OK;
      }
      int most = running(directory);
      try (ProgressBar bar = new ProgressBar(surroundings, "Draining", Math.max(1, most))) {
        while (WorkerHome.isInUse(directory)) {
          int left = running(directory);
          bar.show(Math.max(0, most - left), left + " jobs left");
          surroundings.pause().lasting(LOOK);
        }
      }
      surroundings.out().println("Drained.");
      return ExitCode.OK;
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CANNOT_CREATE, "The home %s cannot be used (%s).".formatted(directory, e));
    }
  }

  private static int running(Path directory) throws IOException {
    return WorkerHome.lastStatus(directory).map(WorkerStatus::running).orElse(0);
  }
}
