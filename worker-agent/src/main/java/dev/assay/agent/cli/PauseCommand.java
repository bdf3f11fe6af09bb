package dev.assay.agent.cli;

import dev.assay.agent.work.Control;
import dev.assay.agent.work.WorkerHome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code pause}: the worker takes no more leases; what it has goes on. */
@Command(
    name = "pause",
    description = {
      "Lets the worker of a home take no more leases; jobs that it has are finished.",
      "It stays paused over a restart, until 'resume' or the end of --for."
    },
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:paused", "64:the command line is wrong", "73:the home cannot be written"})
final class PauseCommand implements Callable<Integer> {
  private static final Pattern LENGTH = Pattern.compile("([1-9][0-9]{0,4})([smhd])");

  private final Surroundings surroundings;

  @Mixin private final HomeOptions home = new HomeOptions();

  @Option(names = "--for", paramLabel = "TIME", description = "Such as 30m, 2h or 1d.")
  private @Nullable String length;

  PauseCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Path directory = home.directory(surroundings);
    Instant until = length == null ? null : surroundings.clock().instant().plus(parse(length));
    try {
      WorkerHome.create(directory);
      new Control(directory).pause(until);
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CANNOT_CREATE, "The home %s cannot be written (%s).".formatted(directory, e));
    }
    surroundings.out().println("Paused" + (until == null ? "." : " until " + until + "."));
    return ExitCode.OK;
  }

  private static Duration parse(String text) {
    Matcher length = LENGTH.matcher(text);
    if (!length.matches()) {
      throw new CommandFailure(
          ExitCode.USAGE, "--for is a number and s, m, h or d, such as 30m or 2h.");
    }
    long number = Long.parseLong(length.group(1));
    return switch (length.group(2)) {
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }
}
