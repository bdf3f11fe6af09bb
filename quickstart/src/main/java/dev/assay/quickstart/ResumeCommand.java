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
    var out = spec.commandLine().getOut();
    out.printf("Goes on: %s.%n", part.set(false, false, "resumed"));
    if (part.isStoppedByTheMarket()) {
      out.println(
          "Payments wait still: operators of the market have stopped them too, and let them go by"
              + " POST /api/admin/resumes.");
    }
    return 0;
  }
}
