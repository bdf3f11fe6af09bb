package dev.assay.quickstart;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the data is: an option, else {@code ASSAY_HOME}, else {@code ~/.assay}. */
final class HomeOption {
  @Option(
      names = "--home",
      paramLabel = "DIR",
      description = "where the data is kept; ASSAY_HOME, else ~/.assay, if not given")
  private @Nullable Path home;

  /** Unless one is given, a folder beside the usual one, for what has no business in that. */
  Path directoryFor(String purpose) {
    Path usual = directory().toAbsolutePath();
    return home != null
        ? usual
        : usual.resolveSibling("%s-%s".formatted(usual.getFileName(), purpose));
  }

  Path directory() {
    if (home != null) {
      return home;
    }
    String fromEnvironment = System.getenv("ASSAY_HOME");
    return fromEnvironment == null || fromEnvironment.isBlank()
        ? Path.of(System.getProperty("user.home"), ".assay")
        : Path.of(fromEnvironment);
  }
}
