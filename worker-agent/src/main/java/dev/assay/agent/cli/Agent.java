package dev.assay.agent.cli;

import java.io.Console;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ScopeType;

/**
 * {@code assay-worker}: the agent on a provider's machine. This class is the composition root: the
 * only one that takes time, chance and streams from the system.
 */
@Command(
    name = "assay-worker",
    description = "Runs on your machine, asks an Assay market for work and says why it has none.",
    subcommands = {UpCommand.class, StatusCommand.class, DoctorCommand.class},
    mixinStandardHelpOptions = true,
    versionProvider = Agent.Version.class,
    scope = ScopeType.INHERIT,
    exitCodeOnInvalidInput = ExitCode.USAGE,
    exitCodeOnExecutionException = ExitCode.INTERNAL)
public final class Agent implements Runnable {
  private final Surroundings surroundings;

  @CommandLine.Spec private CommandLine.Model.@org.jspecify.annotations.Nullable CommandSpec spec;

  private Agent(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  public static void main(String[] args) {
    LastingLogs.install();
    Console console = System.console();
    Surroundings machine =
        new Surroundings(
            Clock.systemUTC(),
            new SecureRandom(),
            Thread::sleep,
            System.getenv(),
            Path.of(System.getProperty("user.home")),
            ProcessHandle.current().pid(),
            console != null && console.isTerminal(),
            System.out,
            System.err);
    System.exit(run(machine, args));
  }

  /** Runs one command line and answers its exit code; never ends the process by itself. */
  static int run(Surroundings surroundings, String... args) {
    return new CommandLine(new Agent(surroundings), new CommandFactory(surroundings))
        .setOut(new PrintWriter(surroundings.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(surroundings.err(), true, StandardCharsets.UTF_8))
        .setParameterExceptionHandler(Agent::tellUsage)
        .setExecutionExceptionHandler(Agent::tellFailure)
        .execute(args);
  }

  @Override
  public void run() {
    surroundings
        .out()
        .println(new CommandLine(this, new CommandFactory(surroundings)).getUsageMessage());
  }

  /** The version in the jar's manifest; a build without a jar calls itself {@code development}. */
  static String version() {
    return Optional.ofNullable(Agent.class.getPackage().getImplementationVersion())
        .orElse("development");
  }

  private static int tellUsage(CommandLine.ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    command
        .getErr()
        .println(
            "%s See '%s --help'."
                .formatted(asSentence(e), command.getCommandSpec().qualifiedName()));
    return ExitCode.USAGE;
  }

  private static int tellFailure(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    if (e instanceof CommandFailure failure) {
      command.getErr().println(failure.getMessage());
      return failure.exitCode();
    }
    command.getErr().println("This is a fault of the agent; please report it with these lines:");
    e.printStackTrace(command.getErr());
    return ExitCode.INTERNAL;
  }

  private static String asSentence(Exception e) {
    String message = String.valueOf(e.getMessage());
    return message.endsWith(".") ? message : message + ".";
  }

  /** Makes the commands with what they need of the machine. */
  private record CommandFactory(Surroundings surroundings) implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      if (type == UpCommand.class) {
        return type.cast(new UpCommand(surroundings));
      }
      if (type == StatusCommand.class) {
        return type.cast(new StatusCommand(surroundings));
      }
      if (type == DoctorCommand.class) {
        return type.cast(new DoctorCommand(surroundings));
      }
      return CommandLine.defaultFactory().create(type);
    }
  }

  /** Read by picocli. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"assay-worker " + version()};
    }
  }
}
