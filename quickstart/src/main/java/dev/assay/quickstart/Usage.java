package dev.assay.quickstart;

import java.io.IOException;
import java.io.UncheckedIOException;
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

  /** Linux counts in hundredths of a second, on every platform that Java has. */
  private static final long MILLIS_A_TICK = 10;

  private static final int OWN = 2;
  private static final int OWN_AND_CHILDREN = 4;

  /** A page that n processes share counts as an n-th in each. */
  private static final String SHARED_OUT = "Pss:";

  static Usage of(ProcessHandle process) {
    return Stream.concat(Stream.of(process), process.descendants())
        .map(Usage::ofOne)
        .reduce(new Usage(Duration.ZERO, 0), Usage::plus);
  }

  /**
   * What a process and its descendants hold, each page once that several share; 0 where the system
   * does not tell.
   */
  static long residentTogether(ProcessHandle process) {
    return Stream.concat(Stream.of(process), process.descendants())
        .mapToLong(one -> kibibytes(one, "smaps_rollup", SHARED_OUT) << 10)
        .sum();
  }

  Usage plus(Usage other) {
    return new Usage(cpu.plus(other.cpu), residentBytes + other.residentBytes);
  }

  /** The CPU that was used from {@code before} on; what is held is as it is now. */
  Usage since(Usage before) {
    return new Usage(cpu.minus(before.cpu), residentBytes);
  }

  double micros() {
    return cpu.toNanos() / 1e3;
  }

  long residentMebibytes() {
    return residentBytes >> 20;
  }

  private static Usage ofOne(ProcessHandle process) {
    return new Usage(cpu(process), kibibytes(process, "status", RESIDENT) << 10);
  }

  /**
   * With that of children that have ended: PostgreSQL has a process for each connection, and what
   * one took would else be gone when its connection is closed.
   */
  private static Duration cpu(ProcessHandle process) {
    try {
      Path stat = Path.of("/proc", "" + process.pid(), "stat");
      return Duration.ofMillis(MILLIS_A_TICK * ticks(Files.readString(stat), OWN_AND_CHILDREN));
    } catch (IOException unknown) {
      return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }
  }

  /**
   * CPU that the compilers of a JVM have taken so far, which ends when it has run for long enough;
   * zero where the system does not tell.
   */
  static Duration ofCompilers(ProcessHandle jvm) {
    try (Stream<Path> threads = Files.list(Path.of("/proc", "" + jvm.pid(), "task"))) {
      return Duration.ofMillis(MILLIS_A_TICK * threads.mapToLong(Usage::ticksOfCompiler).sum());
    } catch (IOException | UncheckedIOException unknown) {
      return Duration.ZERO;
    }
  }

  private static long ticksOfCompiler(Path thread) {
    try {
      String stat = Files.readString(thread.resolve("stat"));
      int name = stat.indexOf('(') + 1;
      boolean compiles =
          stat.startsWith("C1 Compiler", name) || stat.startsWith("C2 Compiler", name);
      return compiles ? ticks(stat, OWN) : 0;
    } catch (IOException gone) {
      return 0;
    }
  }

  /**
   * @param stat as proc(5) has it, whose fourteenth figure is the first of these
   * @param times how many of user, system, and ended children's user and system time
   */
  private static long ticks(String stat, int times) {
    return Stream.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1))
        .skip(11)
        .limit(times)
        .mapToLong(Long::parseLong)
        .sum();
  }

  /** 0 if the process is gone, or there is no such file system. */
  private static long kibibytes(ProcessHandle process, String file, String row) {
    try (Stream<String> lines = Files.lines(Path.of("/proc", "" + process.pid(), file))) {
      return lines
          .filter(line -> line.startsWith(row))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException | UncheckedIOException unknown) {
      return 0;
    }
  }
}
