package dev.assay.quickstart;

import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** What the launcher runs for the commands that concern the whole of Assay on this machine. */
@Command(
    name = "assay",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      UpCommand.class,
      DemoCommand.class,
      DeployCommand.class,
      VerifyCommand.class,
      StatusCommand.class,
      LogsCommand.class,
      FaucetCommand.class,
      BenchCommand.class,
      ReconcileCommand.class,
      AdminCommand.class,
      AuditCommand.class,
      PauseCommand.class,
      ResumeCommand.class,
      BackupCommand.class,
      RestoreCommand.class,
      ResetCommand.class
    })
public final class Quickstart {
  private Quickstart() {}

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  static int run(String... arguments) {
    CommandLine command = commandLine();
    try {
      return command.execute(arguments);
    } catch (Error e) { // picocli passes it on, and threads that serve would keep the process
      return explain(e, command);
    }
  }

  static CommandLine commandLine() {
    return new CommandLine(new Quickstart())
        .setExecutionExceptionHandler((failure, command, parsed) -> explain(failure, command))
        .setParameterExceptionHandler((failure, wrong) -> {
          var err = failure.getCommandLine().getErr();
          err.printf(
              "assay: %s Run: ./assay %s --help%n",
              sentence(failure.getMessage()), failure.getCommandLine().getCommandName());
          return ExitCode.USAGE.number();
        });
  }

  private static int explain(Throwable failure, CommandLine command) {
    if (failure instanceof Refusal refusal) {
      command.getErr().println("assay: " + refusal.getMessage());
      return refusal.exitCode().number();
    }
    command
        .getErr()
        .println("assay: This is a fault of Assay; please report it with what follows.");
    failure.printStackTrace(command.getErr());
    return ExitCode.SOFTWARE.number();
  }

  private static String sentence(@Nullable String reason) {
    String message = String.valueOf(reason);
    return message.endsWith(".") ? message : message + ".";
  }
}
