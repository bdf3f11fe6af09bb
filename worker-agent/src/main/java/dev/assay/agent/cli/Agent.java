package dev.assay.agent.cli;

import dev.assay.agent.hardware.SysfsPower;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.ZoneId;
import java.util.List;
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
    subcommands = {
      UpCommand.class,
      StatusCommand.class,
      DoctorCommand.class,
      BenchCommand.class,
      PauseCommand.class,
      ResumeCommand.class,
      DrainCommand.class,
      WalletCommand.class,
      ConfigCommand.class,
      EarningsCommand.class,
      LogsCommand.class,
      CompletionCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Agent.Version.class,
    scope = ScopeType.INHERIT,
    exitCodeOnInvalidInput = ExitCode.USAGE,
    exitCodeOnExecutionException = ExitCode.INTERNAL)
public final class Agent {
  private Agent() {}

  public static void main(String[] args) {
    Optional<Console> person = Optional.ofNullable(System.console()).filter(Console::isTerminal);
    Surroundings machine =
        new Surroundings(
            Clock.systemUTC(),
            ZoneId.systemDefault(),
            new SecureRandom(),
            Thread::sleep,
            new SysfsPower(SysfsPower.LINUX),
            System.getenv(),
            Path.of(System.getProperty("user.home")),
            ProcessHandle.current().pid(),
            Runtime.getRuntime().maxMemory(),
            person.isPresent(),
            words -> person.map(console -> console.readPassword("%s", words)),
            utf8(FileDescriptor.out),
            utf8(FileDescriptor.err));
    System.exit(run(machine, args));
  }

  /** Runs one command line and answers its exit code; never ends the process by itself. */
  static int run(Surroundings surroundings, String... args) {
    return new CommandLine(new Agent(), new CommandFactory(surroundings))
        .setOut(new PrintWriter(surroundings.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(surroundings.err(), true, StandardCharsets.UTF_8))
        .setParameterExceptionHandler(Agent::tellUsage)
        .setExecutionExceptionHandler(Agent::tellFailure)
        .execute(args);
  }

  /** Whatever the locale says: our log is read by machines, and addresses and dashes by people. */
  private static PrintStream utf8(FileDescriptor stream) {
    return new PrintStream(new FileOutputStream(stream), true, StandardCharsets.UTF_8);
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
      for (Constructor<?> constructor : type.getDeclaredConstructors()) {
        if (List.of(constructor.getParameterTypes()).equals(List.of(Surroundings.class))) {
          return type.cast(constructor.newInstance(surroundings));
        }
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
