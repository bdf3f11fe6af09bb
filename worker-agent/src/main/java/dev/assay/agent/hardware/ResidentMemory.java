package dev.assay.agent.hardware;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** How much memory this process holds. */
public final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String LABEL = "VmRSS:";

  private ResidentMemory() {}

  /** In bytes; nothing where the system does not tell it as Linux does. */
  public static OptionalLong now() {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(LABEL))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
          .findFirst();
    } catch (IOException | NumberFormatException notLinux) {
      return OptionalLong.empty();
    }
  }
}
