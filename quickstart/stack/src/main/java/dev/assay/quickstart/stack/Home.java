package dev.assay.quickstart.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The one folder that holds everything a stack keeps: {@code pg18/}, {@code kafka/}, {@code
 * chain/}, {@code logs/}, {@code run/}. Whoever has it open owns it alone, by a lock of the
 * operating system that goes with the process; its {@link Guardian} stops the processes of the home
 * when the owner ends.
 */
public final class Home implements AutoCloseable {
  /** Written to {@code format}; another number means a layout that this version cannot read. */
  static final String FORMAT = "1";

  /** PostgreSQL's programs and an empty cluster, Kafka's first segments, logs; measured 180 MB. */
  static final long REQUIRED_BYTES = 512L << 20;

  /**
   * Homes open in this JVM. POSIX drops a process's locks on a file when it closes *any* descriptor
   * of that file, so a second attempt must not even touch the lock file.
   */
  private static final Set<Path> OPEN_HERE = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final boolean throwAway;
  private @Nullable FileChannel lock;
  private @Nullable Guardian guardian;

  private Home(Path directory, boolean throwAway) {
    this.directory = directory;
    this.throwAway = throwAway;
  }

  /**
   * Opens the home, made if missing, and stops what an earlier owner left running.
   *
   * @param purpose what the owner does with it, told to whoever comes second: {@code assay up}
   * @throws Refusal if it is in use, not ours, of another version, or cannot be written
   */
  public static Home open(Path directory, String purpose) {
    return open(directory, purpose, false, REQUIRED_BYTES);
  }

  /** A home for a test; removed when it is closed or its owner ends. */
  public static Home temporary() {
    try {
      return open(Files.createTempDirectory("assay-"), "a test", true, REQUIRED_BYTES);
    } catch (IOException e) {
      throw Refusal.because("create a temporary folder", e);
    }
  }

  static Home open(Path wanted, String purpose, boolean throwAway, long requiredBytes) {
    Path directory = create(wanted);
    if (!OPEN_HERE.add(directory)) {
      throw inUse(directory);
    }
    Home home = new Home(directory, throwAway);
    try {
      home.enter(purpose, requiredBytes);
      return home;
    } catch (IOException e) {
      home.close();
      throw Refusal.because("use " + directory, e);
    } catch (RuntimeException e) {
      home.close();
      throw e;
    }
  }

  /**
   * Removes a home of whatever version with all its data.
   *
   * @throws Refusal if the folder is not a home, or is in use
   */
  public static void delete(Path directory) {
    if (!isHome(directory)) {
      throw new Refusal(
          ExitCode.DATA,
          "%s is not a home of Assay (it holds no file called format); nothing was deleted."
              .formatted(directory));
    }
    Path root = create(directory);
    if (!OPEN_HERE.add(root)) {
      throw inUse(root);
    }
    try (Home home = new Home(root, false)) {
      home.takeLock();
      Files.createDirectories(home.run());
      Guardian.sweep(home);
      deleteTree(root);
    } catch (IOException e) {
      throw Refusal.because("delete " + root, e);
    }
  }

  /** True if the folder has been a home, whoever uses it now. */
  public static boolean isHome(Path directory) {
    return Files.isRegularFile(directory.resolve("format"));
  }

  public Path directory() {
    return directory;
  }

  public Path resolve(String name) {
    return directory.resolve(name);
  }

  public Path logs() {
    return resolve("logs");
  }

  /** Pid files and other facts about the present run. */
  public Path run() {
    return resolve("run");
  }

  /** For the temporary files of the processes; emptied when the home is opened. */
  public Path scratch() {
    return resolve("tmp");
  }

  /** True if nobody will want the data again: then durability is not paid for. */
  public boolean isThrowAway() {
    return throwAway;
  }

  public Guardian guardian() {
    if (guardian == null) {
      throw new IllegalStateException(directory + " is closed");
    }
    return guardian;
  }

  @Override
  public void close() {
    try {
      dismissGuardian();
      if (lock != null) {
        Files.deleteIfExists(run().resolve("owner"));
        lock.close();
        lock = null;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("closing " + directory, e);
    } finally {
      OPEN_HERE.remove(directory);
    }
  }

  private void enter(String purpose, long requiredBytes) throws IOException {
    refuseForeign();
    takeLock();
    refuseOtherVersions();
    Files.writeString(resolve("format"), FORMAT + "\n");
    Files.createDirectories(logs());
    Files.createDirectories(run());
    Files.writeString(
        run().resolve("owner"), "pid %d (%s)".formatted(ProcessHandle.current().pid(), purpose));
    refuseFullDisk(requiredBytes);
    Guardian.sweep(this);
    Files.deleteIfExists(run().resolve("owner-gone"));
    deleteTree(scratch());
    Files.createDirectories(scratch());
    guardian = Guardian.start(this);
  }

  private static Path create(Path wanted) {
    Path directory = wanted.toAbsolutePath().normalize();
    try {
      if (!Files.isDirectory(directory)) {
        Path parent = directory.getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        Files.createDirectory(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      return directory.toRealPath();
    } catch (IOException e) {
      throw Refusal.because("create " + directory, e);
    }
  }

  /** Nobody's documents become a data folder by a mistyped path. */
  private void refuseForeign() throws IOException {
    if (isHome(directory)) {
      return;
    }
    try (Stream<Path> entries = Files.list(directory)) {
      if (entries.anyMatch(entry -> !entry.endsWith("lock"))) {
        throw new Refusal(
            ExitCode.DATA,
            "%s holds files that are not Assay's. Choose an empty or new folder."
                .formatted(directory));
      }
    }
  }

  private void takeLock() throws IOException {
    FileChannel channel =
        FileChannel.open(resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock taken = channel.tryLock();
    if (taken == null) {
      channel.close();
      throw inUse(directory);
    }
    lock = channel;
  }

  private static Refusal inUse(Path directory) {
    String owner;
    try {
      owner = Files.readString(directory.resolve("run/owner"), StandardCharsets.UTF_8);
    } catch (IOException e) {
      owner = "another process";
    }
    return new Refusal(
        ExitCode.IN_USE,
        "%s is in use by %s. Stop it first, or choose another folder with --home DIR."
            .formatted(directory, owner));
  }

  private void refuseOtherVersions() throws IOException {
    refuseUnless(FORMAT, resolve("format"), "a home of format");
    refuseUnless(
        PostgresPrograms.MAJOR_VERSION,
        resolve("pg18/data/PG_VERSION"),
        "a data folder of PostgreSQL");
  }

  private void refuseUnless(String expected, Path file, String what) throws IOException {
    String found;
    try {
      found = Files.readString(file, StandardCharsets.UTF_8).strip();
    } catch (NoSuchFileException e) {
      return;
    }
    if (!found.equals(expected)) {
      throw new Refusal(
          ExitCode.DATA,
          "%s is %s %s; this version of Assay needs %s. Run ./assay reset to start afresh."
              .formatted(directory, what, found, expected));
    }
  }

  private void refuseFullDisk(long requiredBytes) throws IOException {
    long free = Files.getFileStore(directory).getUsableSpace();
    if (free < requiredBytes) {
      throw new Refusal(
          ExitCode.IO,
          "The disk of %s is nearly full: %d MB free, %d MB needed. Free some space, or choose"
                  .formatted(directory, free >> 20, requiredBytes >> 20)
              + " another disk with --home DIR.");
    }
  }

  private void dismissGuardian() throws IOException {
    if (guardian != null) {
      guardian.dismiss();
      guardian = null;
    }
  }

  static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  @Override
  public String toString() {
    return directory.toString();
  }
}
