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
import picocli.CommandLine.Mixin;
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
  private static final Duration EACH = Duration.ofSeconds(2);
  private static final String CLEAR = "\u001b[H\u001b[2J";

  private final Surroundings surroundings;

  @Mixin private final HomeOptions home = new HomeOptions();

  @Option(names = "--json", description = "One JSON object, for programs.")
  private boolean json;

  @Option(names = "--watch", description = "Again every 2 seconds, until Ctrl-C.")
  private boolean watch;

  StatusCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  private record Seen(boolean runs, @Nullable WorkerStatus status) {}

  @Override
  public Integer call() throws InterruptedException {
    Path directory = home.directory(surroundings);
    Seen seen = tell(directory);
    while (watch && !surroundings.out().checkError()) { // until its reader has gone
      surroundings.pause().lasting(EACH);
      seen = tell(directory);
    }
    return seen.runs ? ExitCode.OK : ExitCode.UNAVAILABLE;
  }

  private Seen tell(Path directory) {
    Seen seen;
    try {
      seen = new Seen(WorkerHome.isInUse(directory), WorkerHome.lastStatus(directory).orElse(null));
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CANNOT_CREATE, "The home %s cannot be read (%s).".formatted(directory, e));
    }
    String text = json ? inJson(seen) : inWords(directory, seen);
    surroundings.out().println(watch && !json && surroundings.isTerminal() ? CLEAR + text : text);
    return seen;
  }

  private static String inJson(Seen seen) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("running", seen.runs);
    body.put("status", seen.status);
    return JsonMapper.builder().build().writeValueAsString(body);
  }

  private String inWords(Path directory, Seen seen) {
    WorkerStatus status = seen.status;
    if (status == null) {
      return (seen.runs ? "A worker is just starting in %s." : "No worker has run in %s yet.")
          .formatted(directory);
    }
    String who =
        status.worker() == null
            ? "session key " + status.sessionKey()
            : String.valueOf(status.worker());
    String age =
        Duration.between(status.asOf(), surroundings.clock().instant()).toSeconds() + " s ago";
    if (!seen.runs) {
      return "No worker runs in %s. The last one, %s, was %s %s: %s"
          .formatted(directory, who, status.state(), age, status.because());
    }
    StringBuilder text =
        new StringBuilder(
            """
            %s works for %s: %s since %s
            %s
            """
                .formatted(who, status.market(), status.state(), status.since(), status.because()));
    row(text, "offers", status.offers().isEmpty() ? "nothing" : String.join(", ", status.offers()));
    row(text, "jobs", "%d of %d slots".formatted(status.running(), status.capacity()));
    WorkerStatus.Counts counts = status.counts();
    row(
        text,
        "results",
        "%d accepted, %d refused, %d failed, %d handed back"
            .formatted(counts.accepted(), counts.refused(), counts.failed(), counts.handedBack()));
    WorkerStatus.Verdicts verdicts = status.verdicts();
    row(
        text,
        "verdicts",
        verdicts == null
            ? "does not verify"
            : "%d signed, %d declined".formatted(verdicts.signed(), verdicts.declined()));
    status
        .skipped()
        .forEach((reason, count) -> row(text, "not given", "%d: %s".formatted(count, reason)));
    row(
        text,
        "heard",
        "%s, %d answers, process %d".formatted(age, status.pollsAnswered(), status.pid()));
    return text.toString().stripTrailing();
  }

  private static void row(StringBuilder text, String name, String value) {
    text.append("  %-10s %s%n".formatted(name, value));
  }
}
