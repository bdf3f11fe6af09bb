package dev.assay.quickstart;

import dev.assay.quickstart.stack.DatabaseBackup;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.PostgresServer;
import dev.assay.quickstart.stack.Refusal;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "backup",
    mixinStandardHelpOptions = true,
    description = {
      "Copies the database of the market that runs here, while it runs: both services, at one"
          + " moment.",
      "Keys, the chain and the worker's home are not in it."
    })
final class BackupCommand implements Callable<Integer> {
  @Mixin private HomeOption home = new HomeOption();

  @Parameters(paramLabel = "DIR", description = "a folder that does not exist yet")
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private Path target;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() {
    Path directory = home.directory();
    RunningMarket market =
        RunningMarket.in(directory)
            .orElseThrow(() ->
                new Refusal(
                    ExitCode.UNAVAILABLE,
                    "Nothing runs in %s. Start it with ./assay up; a backup needs the server."
                        .formatted(directory)));
    String jdbcUrl = Objects.requireNonNull(market.addresses().get("postgresql"));
    long start = System.nanoTime();
    DatabaseBackup.take(
        directory, PostgresServer.superuserLogin(directory, jdbcUrl), target.toAbsolutePath());
    spec.commandLine()
        .getOut()
        .printf("The database is in %s after %.1f s.%n", target, (System.nanoTime() - start) / 1e9);
    return 0;
  }
}
