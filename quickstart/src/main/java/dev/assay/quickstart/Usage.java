package dev.assay.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/**
 * What a process and its descendants have taken.
 *
 * @param cpu user and system time since they began
 * @param residentBytes as the system counts it: shared pages count in each; 0 where it does not
 *     tell
 */
record Usage(Duration cpu, long residentBytes) {
  private static final String RESIDENT = "VmRSS:";

  static Usage of(ProcessHandle process) {
    return Stream.concat(Stream.of(process), process.descendants())
        .map(Usage::ofOne)
        .reduce(new Usage(Duration.ZERO, 0), Usage::plus);
  }

  Usage plus(Usage other) {
    return new Usage(cpu.plus(other.cpu), residentBytes + other.residentBytes);
  }

  long residentMebibytes() {
    return residentBytes >> 20;
  }

  private static Usage ofOne(ProcessHandle process) {
    Duration cpu = process.info().totalCpuDuration().orElse(Duration.ZERO);
    try (Stream<String> lines = Files.lines(Path.of("/proc", "" + process.pid(), "status"))) {
      long kibibytes =
          lines
              .filter(line -> line.startsWith(RESIDENT))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .findFirst()
              .orElse(0);
      return new Usage(cpu, kibibytes << 10);
    } catch (IOException noSuchFileSystem) {
      return new Usage(cpu, 0);
    }
  }
}
