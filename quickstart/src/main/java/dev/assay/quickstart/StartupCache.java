package dev.assay.quickstart;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.ChildProcess;
import dev.assay.quickstart.stack.ChildSpec;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.Refusal;
import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;

/**
 * The JVM's ahead-of-time caches (JEP 514) of the two services: classes already loaded and linked.
 * Made once after each build, by a run of the service that is stopped when it is ready. Without one
 * a service starts all the same, only slower.
 *
 * @param directory where they are; one file for each service and class path
 */
record StartupCache(Path directory) {
  private static final Duration WRITTEN_WITHIN = Duration.ofSeconds(120);

  static StartupCache of(Path checkout) {
    return new StartupCache(Checkout.built(checkout, "quickstart").resolve("startup-cache"));
  }

  boolean has(Service service, Path checkout) {
    return Files.isRegularFile(file(service, checkout));
  }

  /** What to add to the command of a start that uses the cache; nothing if there is none. */
  List<String> options(Service service, Path checkout) {
    return has(service, checkout)
        ? List.of("-XX:AOTCache=" + file(service, checkout), "-Xlog:aot=off", "-Xlog:cds=off")
        : List.of();
  }

  /**
   * For a process that ends by itself when it is asked to: its JVM writes what it has loaded when
   * it ends, and reads that at the next start, if neither it nor a jar has changed.
   *
   * @param label names the file
   */
  List<String> selfMade(String label) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      return List.of(); // slower starts, nothing else
    }
    return List.of(
        "-XX:+AutoCreateSharedArchive",
        "-XX:SharedArchiveFile=" + directory.resolve(label + ".jsa"),
        "-Xlog:aot=off",
        "-Xlog:cds=off");
  }

  /** What to add to the command of the run that makes it. */
  List<String> trainingOptions(Service service, Path checkout) {
    return List.of("-XX:AOTCacheOutput=" + unfinished(service, checkout));
  }

  /**
   * Runs a service until it has answered that it is ready, and lets it write down what that took.
   * Of two processes that would do so at once, the second waits and takes what the first has made.
   *
   * @param training a start with {@link #trainingOptions}
   * @return whether there is a cache now
   */
  boolean make(Service service, Path checkout, Home home, ChildSpec training) {
    try {
      Files.createDirectories(directory);
      try (var lock = FileChannel.open(lock(service), CREATE, WRITE)) {
        lock.lock();
        return has(service, checkout) || makeAlone(service, checkout, home, training);
      }
    } catch (IOException | Refusal e) {
      return false; // it does not start, or the checkout cannot be written: slower starts, no more
    }
  }

  private boolean makeAlone(Service service, Path checkout, Home home, ChildSpec training)
      throws IOException {
    Path unfinished = unfinished(service, checkout);
    Files.deleteIfExists(unfinished);
    try (var process = ChildProcess.start(home, training)) {
      process.awaitReady();
      if (!process.stop(WRITTEN_WITHIN) || !Files.isRegularFile(unfinished)) {
        return false;
      }
    }
    removeOthers(service);
    Files.move(unfinished, file(service, checkout));
    return true;
  }

  private void removeOthers(Service service) throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.startsWith(service.label() + "-") && name.endsWith(".aot")) {
          Files.delete(file);
        }
      }
    }
  }

  private Path lock(Service service) {
    return directory.resolve(service.label() + ".lock");
  }

  private Path unfinished(Service service, Path checkout) {
    return file(service, checkout).resolveSibling(service.label() + ".unfinished");
  }

  private Path file(Service service, Path checkout) {
    return directory.resolve(service.label() + "-" + digest(service.classPath(checkout)) + ".aot");
  }

  /** Another JVM, another jar or another build is another cache. */
  private static String digest(String classPath) {
    try {
      var sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(System.getProperty("java.vm.version").getBytes(StandardCharsets.UTF_8));
      for (String entry : classPath.split(File.pathSeparator, -1)) {
        var jar = Path.of(entry);
        sha256.update(
            "%s %d %s\n"
                .formatted(jar, Files.size(jar), Files.getLastModifiedTime(jar))
                .getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(sha256.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("reading the class path", e);
    }
  }
}
