package dev.assay.keystore;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Files that only their owner may read, written whole or not at all. */
public final class PrivateFiles {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private PrivateFiles() {}

  /** Whether others than the owner may read a file; false where the system cannot tell. */
  public static boolean isOpenToOthers(Path file) throws IOException {
    if (!isPosix(file)) {
      return false;
    }
    Set<PosixFilePermission> others = EnumSet.copyOf(Files.getPosixFilePermissions(file));
    others.removeAll(
        EnumSet.of(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_EXECUTE));
    return !others.isEmpty();
  }

  /**
   * Writes a file that is not there yet.
   *
   * @throws FileAlreadyExistsException if it is there
   */
  public static void create(Path file, byte[] content) throws IOException {
    Path draft = draft(file, content);
    try {
      Files.createLink(file, draft); // unlike a move, this never replaces
    } catch (UnsupportedOperationException noLinks) {
      Files.move(draft, file);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /** Writes a file, in the place of another if there is one. */
  public static void replace(Path file, byte[] content) throws IOException {
    Path draft = draft(file, content);
    try {
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /** Something that writes a file from its beginning to its end. */
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes a file that may be too long for the memory; when it returns, the file and its name are
   * on the disk.
   */
  public static void replace(Path file, Content content) throws IOException {
    Path draft = draft(file);
    try {
      try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        content.writeTo(Channels.newOutputStream(channel));
        channel.force(true);
      }
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      if (isPosix(file)) { // elsewhere a directory cannot be opened, and a move waits for the disk
        try (FileChannel names =
            FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
          names.force(true);
        }
      }
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /** Opens a file for appending; makes it, for its owner only, if it is not there. */
  public static FileChannel openToAppend(Path file) throws IOException {
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
        ownerOnly(file));
  }

  private static Path draft(Path file) throws IOException {
    return Files.createTempFile(
        file.toAbsolutePath().getParent(), file.getFileName() + ".", ".new", ownerOnly(file));
  }

  private static Path draft(Path file, byte[] content) throws IOException {
    Path draft = draft(file);
    try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    return draft;
  }

  private static FileAttribute<?>[] ownerOnly(Path file) {
    return isPosix(file)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
        : new FileAttribute<?>[0];
  }

  private static boolean isPosix(Path file) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
