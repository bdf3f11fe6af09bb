package dev.assay.quickstart.stack;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * PostgreSQL's own programs, unpacked from a Maven artifact into a home.
 *
 * @param directory holds {@code bin/}, {@code lib/} and {@code share/}
 * @param prefix what to put before a command so that it does not run as root
 */
record PostgresPrograms(Path directory, List<String> prefix) {
  /** In the name of the folder too: the server refuses the data of another major version. */
  static final String MAJOR_VERSION = "18";

  private static final long PROBE_SECONDS = 10;

  /** Unpacks unless that was done before, also if it was cut short. */
  static PostgresPrograms in(Home home) {
    Path programs = home.resolve("pg18/programs");
    try {
      if (!Files.exists(programs.resolve("bin/postgres"))) {
        Path unfinished = home.resolve("pg18/programs.unfinished");
        Home.deleteTree(unfinished);
        Files.createDirectories(unfinished);
        unpack(unfinished);
        Files.move(unfinished, programs);
      }
    } catch (IOException e) {
      throw Refusal.because("unpack PostgreSQL into " + programs, e);
    }
    return new PostgresPrograms(programs, unrooted());
  }

  /** True if there is an artifact for this machine. */
  static boolean existForThisMachine() {
    return PostgresPrograms.class.getResource("/" + archive()) != null;
  }

  String program(String name) {
    return directory.resolve("bin").resolve(name).toString();
  }

  private static String archive() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    return "postgres-%s-%s.txz"
        .formatted(
            os.startsWith("mac") ? "darwin" : "linux",
            arch.equals("aarch64") ? "arm_64" : "x86_64");
  }

  private static void unpack(Path target) throws IOException {
    try (InputStream archive = PostgresPrograms.class.getResourceAsStream("/" + archive())) {
      if (archive == null) {
        throw new Refusal(
            ExitCode.UNAVAILABLE,
            "There is no PostgreSQL for %s on %s among our artifacts. Run it with Docker instead:"
                    .formatted(System.getProperty("os.name"), System.getProperty("os.arch"))
                + " docker compose up.");
      }
      try (var tar = new TarArchiveInputStream(new XZCompressorInputStream(archive))) {
        for (TarArchiveEntry entry = tar.getNextEntry();
            entry != null;
            entry = tar.getNextEntry()) {
          unpack(tar, entry, target);
        }
      }
    }
  }

  private static void unpack(TarArchiveInputStream tar, TarArchiveEntry entry, Path target)
      throws IOException {
    Path path = target.resolve(entry.getName()).normalize();
    if (!path.startsWith(target)) {
      throw new IOException("the archive leaves its folder: " + entry.getName());
    }
    if (entry.isDirectory()) {
      Files.createDirectories(path);
      return;
    }
    Files.createDirectories(path.getParent());
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
      return;
    }
    Files.copy(tar, path);
    boolean isExecutable = (entry.getMode() & 0b001_000_000) != 0;
    Files.setPosixFilePermissions(
        path, PosixFilePermissions.fromString(isExecutable ? "rwxr-xr-x" : "rw-r--r--"));
  }

  /** PostgreSQL refuses to run as root; in a user namespace of its own it is nobody. */
  private static List<String> unrooted() {
    if (!"root".equals(System.getProperty("user.name"))) {
      return List.of();
    }
    String unshare = Tools.executable("unshare").map(Path::toString).orElse("");
    if (unshare.isEmpty() || !succeeds(List.of(unshare, "-U", "true"))) {
      throw new Refusal(
          ExitCode.NO_PERMISSION,
          "PostgreSQL does not run as root, and this system lets us leave root neither by a user"
              + " namespace. Run Assay as an ordinary user.");
    }
    return List.of(unshare, "-U");
  }

  private static boolean succeeds(List<String> command) {
    try {
      Process probe =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return probe.waitFor(PROBE_SECONDS, TimeUnit.SECONDS) && probe.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
