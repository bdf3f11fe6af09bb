package dev.assay.agent.work;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The directory that belongs to one running worker: {@code worker.lock} (held while it runs),
 * {@code status.json}, {@code worker.prom}. Two agents on one home could sign twice, so the second
 * is refused by name.
 */
public final class WorkerHome implements AutoCloseable {
  private static final String STATUS = "status.json";
  private static final String FIGURES = "worker.prom";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Who only looks whether it is in use holds the lock for a moment too. */
  private static final Duration LONGEST_LOOK = Duration.ofMillis(200);

  private final Path directory;
  private final FileChannel channel;
  private final FileLock lock;

  private WorkerHome(Path directory, FileChannel channel, FileLock lock) {
    this.directory = directory;
    this.channel = channel;
    this.lock = lock;
  }

  /** What came of opening a home. */
  public sealed interface Opening {
    /** It is ours until closed. */
    record Opened(WorkerHome home) implements Opening {}

    /**
     * Another agent runs in it.
     *
     * @param holder its process id, if it left one
     */
    record InUse(Path directory, @Nullable String holder) implements Opening {}

    /**
     * It cannot be made, read or written.
     *
     * @param why the system's words
     */
    record Unusable(Path directory, String why) implements Opening {}
  }

  /** Makes the directory if need be (readable by its owner only) and takes its lock. */
  public static Opening open(Path directory, long pid) {
    try {
      create(directory);
      FileChannel channel =
          FileChannel.open(
              lockFile(directory),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      try {
        FileLock lock = tryLock(channel, LONGEST_LOOK);
        if (lock == null) {
          String holder = read(channel);
          channel.close();
          return new Opening.InUse(directory, holder.isEmpty() ? null : holder);
        }
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(Long.toString(pid).getBytes(StandardCharsets.US_ASCII)), 0);
        return new Opening.Opened(new WorkerHome(directory, channel, lock));
      } catch (IOException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      return new Opening.Unusable(directory, inWords(e));
    }
  }

  /** The last status written in a home, whether or not its worker still runs. */
  public static Optional<WorkerStatus> lastStatus(Path directory) throws IOException {
    Path file = directory.resolve(STATUS);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(Files.readAllBytes(file), WorkerStatus.class));
    } catch (JacksonException e) {
      throw new IOException(file + " is not a status that this version wrote", e);
    }
  }

  /** Whether an agent holds the home now. */
  public static boolean isInUse(Path directory) throws IOException {
    if (!Files.exists(lockFile(directory))) {
      return false;
    }
    try (FileChannel channel =
        FileChannel.open(lockFile(directory), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return tryLock(channel) == null;
    }
  }

  /** The status for people and programs, and its figures for Prometheus. */
  void write(WorkerStatus status) throws IOException {
    replace(FIGURES, StatusFigures.of(status).getBytes(StandardCharsets.UTF_8));
    replace(STATUS, JSON.writeValueAsBytes(status));
  }

  /** In one step, so that no reader ever sees half of a file. */
  private void replace(String name, byte[] content) throws IOException {
    Path draft = directory.resolve(name + ".new");
    Files.write(draft, content);
    Files.move(
        draft,
        directory.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  public Path directory() {
    return directory;
  }

  @Override
  public void close() throws IOException {
    lock.release();
    channel.close();
  }

  /** Makes a home that only its owner may enter, unless it is there. */
  public static void create(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } else {
      Files.createDirectories(directory);
    }
  }

  private static Path lockFile(Path directory) {
    return directory.resolve("worker.lock");
  }

  private static String inWords(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> "permission denied";
      case FileAlreadyExistsException other -> other.getFile() + " is not a directory";
      case FileSystemException system when system.getReason() != null -> system.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }

  private static @Nullable FileLock tryLock(FileChannel channel, Duration longest)
      throws IOException {
    long over = System.nanoTime() + longest.toNanos();
    FileLock lock = tryLock(channel);
    while (lock == null && System.nanoTime() < over) {
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
      lock = tryLock(channel);
    }
    return lock;
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException heldByThisProcess) {
      return null;
    }
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer pid = ByteBuffer.allocate(20);
    channel.read(pid, 0);
    return new String(pid.array(), 0, pid.position(), StandardCharsets.US_ASCII).strip();
  }
}
