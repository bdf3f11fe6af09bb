package dev.assay.quickstart;

import dev.assay.quickstart.stack.Home;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "reset",
    mixinStandardHelpOptions = true,
    description = "Deletes the data of this machine's market: database, events, chain, logs.")
final class ResetCommand implements Callable<Integer> {
  @Mixin private HomeOption home = new HomeOption();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() {
    Path directory = home.directory();
    if (Files.notExists(directory)) {
      spec.commandLine().getOut().printf("There is nothing in %s.%n", directory);
      return 0;
    }
    Home.delete(directory);
    spec.commandLine().getOut().printf("Deleted %s and all data in it.%n", directory);
    return 0;
  }
}
