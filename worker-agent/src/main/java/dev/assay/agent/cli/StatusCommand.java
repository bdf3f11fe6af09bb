package dev.assay.agent.cli;

import dev.assay.agent.work.WorkerHome;
import dev.assay.agent.work.WorkerStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code status}: what the worker of a home does, and why it is idle. */
@Command(
    name = "status",
    description = "Says what the worker of a home does, and why it is idle.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:a worker runs in this home",
      "69:no worker runs in this home",
      "73:the home cannot be read"
    })
final class StatusCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Option(names = "--home", paramLabel = "DIR", description = "The worker's own directory.")
  private @Nullable String home;

  @Option(names = "--json", description = "One JSON object, for programs.")
  private boolean json;

  StatusCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Path directory = Settings.home(home, surroundings.environment(), surroundings.userHome());
    boolean runs;
    @Nullable WorkerStatus status;
    try {
      runs = WorkerHome.isInUse(directory);
      status = WorkerHome.lastStatus(directory).orElse(null);
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CANNOT_CREATE, "The home %s cannot be read (%s).".formatted(directory, e));
    }
    surroundings.out().println(json ? inJson(runs, status) : inWords(directory, runs, status));
    return runs ? ExitCode.OK : ExitCode.UNAVAILABLE;
  }

  private static String inJson(boolean runs, @Nullable WorkerStatus status) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("running", runs);
    body.put("status", status);
    return JsonMapper.builder().build().writeValueAsString(body);
  }

  private String inWords(Path directory, boolean runs, @Nullable WorkerStatus status) {
    if (status == null) {
      return (runs ? "A worker is just starting in %s." : "No worker has run in %s yet.")
          .formatted(directory);
    }
    String age =
        Duration.between(status.asOf(), surroundings.clock().instant()).toSeconds() + " s ago";
    if (!runs) {
      return "No worker runs in %s. The last one, %s, was %s %s: %s"
          .formatted(directory, status.worker(), status.state(), age, status.because());
    }
    return "%s works for %s: %s since %s. %s (heard %s, %d answers, process %d)"
        .formatted(
            status.worker(),
            status.market(),
            status.state(),
            status.since(),
            status.because(),
            age,
            status.pollsAnswered(),
            status.pid());
  }
}
