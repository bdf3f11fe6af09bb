package dev.assay.quickstart;

import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** For operators: stops the market, payments, a model or a worker, with a reason for everyone. */
@Command(
    name = "pause",
    mixinStandardHelpOptions = true,
    description = {
      "Stops the market, its payments (settlement), a model or a worker, until assay resume.",
      "A paused market, model or worker takes no new jobs and is given none; what is executed ends"
          + " and is paid, cancelling and leaving stay open. While settlement is paused nothing is"
          + " paid from purses; draws, cases and payouts go on. The reason is shown to everyone.",
      "With --drain no new jobs are taken, and those that wait are still given to workers, until"
          + " nothing is left. A worker that is drained is given no new job either."
    })
final class PauseCommand implements Callable<Integer> {
  private static final int LONGEST = 500;

  @Mixin private PauseSwitch part = new PauseSwitch();

  @Option(
      names = "--reason",
      required = true,
      paramLabel = "WORDS",
      description = "why, for those whom it concerns; 500 characters at most")
  private String reason = "";

  @Option(
      names = "--drain",
      description = "take no new jobs, and finish those that are there; not for settlement")
  private boolean drain;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    String words = reason.strip();
    if (words.isEmpty()
        || words.length() > LONGEST
        || words.codePoints().anyMatch(Character::isISOControl)) {
      throw new Refusal(ExitCode.USAGE, "--reason is one line of 1 to 500 characters.");
    }
    spec.commandLine()
        .getOut()
        .printf(
            "%s: %s. Within a second.%n",
            drain ? "Drained" : "Paused", part.set(true, drain, words));
    return 0;
  }
}
