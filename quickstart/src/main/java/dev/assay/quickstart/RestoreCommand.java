package dev.assay.quickstart;

import dev.assay.quickstart.stack.DatabaseBackup;
import dev.assay.quickstart.stack.Home;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "restore",
    mixinStandardHelpOptions = true,
    description = {
      "Puts a backup in the place of this machine's database, while nothing runs here.",
      "What the database wrote after the backup is added from what is left of its log. The database"
          + " that was there is moved aside and never deleted."
    })
final class RestoreCommand implements Callable<Integer> {
  @Mixin private HomeOption home = new HomeOption();

  @Parameters(paramLabel = "DIR", description = "what ./assay backup has written")
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private Path backup;

  @Option(
      names = "--without-log",
      description = "lose what was written after the backup: for when its log is lost too")
  private boolean isWithoutLog;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() {
    long start = System.nanoTime();
    try (Home opened = Home.open(home.directory(), "assay restore")) {
      Path replaced = DatabaseBackup.restore(opened, backup.toAbsolutePath(), !isWithoutLog);
      spec.commandLine()
          .getOut()
          .printf(
              "The database is as in %s%s after %.1f s. What was there is in %s. Next: ./assay up,"
                  + " then ./assay reconcile.%n",
              backup,
              isWithoutLog ? "" : ", with what came after",
              (System.nanoTime() - start) / 1e9,
              replaced);
    }
    return 0;
  }
}
