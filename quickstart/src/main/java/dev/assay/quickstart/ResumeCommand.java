package dev.assay.quickstart;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** For operators: takes back what {@link PauseCommand} stopped. */
@Command(
    name = "resume",
    mixinStandardHelpOptions = true,
    description = "Lets go again what assay pause stopped; nothing happens if it was not paused.")
final class ResumeCommand implements Callable<Integer> {
  @Mixin private PauseSwitch part = new PauseSwitch();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    spec.commandLine().getOut().printf("Goes on: %s.%n", part.set(false, "resumed"));
    return 0;
  }
}
