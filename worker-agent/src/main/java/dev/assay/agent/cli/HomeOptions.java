package dev.assay.agent.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The one option that every command has. */
final class HomeOptions {
  @Option(
      names = "--home",
      paramLabel = "DIR",
      description =
          "This worker's own directory; else ASSAY_WORKER_HOME, else worker in ASSAY_HOME, else"
              + " ~/.assay/worker.")
  @Nullable String home;

  Path directory(Surroundings surroundings) {
    return Settings.home(home, surroundings.environment(), surroundings.userHome());
  }
}
