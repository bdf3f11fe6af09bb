package dev.assay.agent.cli;

import dev.assay.agent.work.Control;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code resume}: takes a pause back. */
@Command(
    name = "resume",
    description = "Lets a paused worker take leases again.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:it is not paused by its owner now", "73:the home cannot be written"})
final class ResumeCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final HomeOptions home = new HomeOptions();

  ResumeCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Path directory = home.directory(surroundings);
    try {
      boolean was = new Control(directory).resume();
      surroundings.out().println(was ? "Resumed." : "It was not paused.");
      return ExitCode.OK;
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CANNOT_CREATE, "The home %s cannot be written (%s).".formatted(directory, e));
    }
  }
}
