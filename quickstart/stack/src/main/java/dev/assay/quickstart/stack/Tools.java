package dev.assay.quickstart.stack;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What of the operating system's tools is on the path of this process. */
final class Tools {
  /**
   * Takes a process out of the terminal's group, so that Ctrl-C reaches this JVM alone and the
   * order of stopping stays ours. It replaces itself by the command, so the pid stays. macOS has
   * none.
   */
  static final List<String> OWN_SESSION =
      executable("setsid").map(Path::toString).map(List::of).orElse(List.of());

  private Tools() {}

  static Optional<Path> executable(String name) {
    String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
    return Stream.of(path.split(File.pathSeparator))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
