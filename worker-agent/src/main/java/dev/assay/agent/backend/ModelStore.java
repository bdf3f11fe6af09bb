package dev.assay.agent.backend;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ModelManifest.ModelFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A directory of files that are what their manifest says. Weights lie here rather than in memory:
 * the runtime reads them by itself, outside of the heap.
 */
final class ModelStore {
  private final Path directory;

  ModelStore(Path directory) {
    this.directory = directory;
  }

  Path directory() {
    return directory;
  }

  /** Opens a file where it comes from. */
  interface Source {
    InputStream open() throws IOException;
  }

  /**
   * The path of a file whose size and SHA-256 are those of the manifest; copied from its source
   * unless it lies here already.
   *
   * @throws IOException if the source has something else
   */
  Path file(ModelFile wanted, Source source) throws IOException {
    Path path = directory.resolve(wanted.path());
    if (Files.exists(path) && Files.size(path) == wanted.size()) {
      try (InputStream there = Files.newInputStream(path)) {
        if (sha256(there, OutputStream.nullOutputStream()).equals(wanted.sha256())) {
          return path;
        }
      }
    }
    Files.createDirectories(directory);
    Path draft = Files.createTempFile(directory, wanted.path(), ".part");
    try {
      Digest copied;
      try (InputStream in = source.open();
          OutputStream out = Files.newOutputStream(draft)) {
        copied = sha256(in, out);
      }
      if (!copied.equals(wanted.sha256())) {
        throw new IOException(
            "%s has the SHA-256 %s, not %s".formatted(wanted.path(), copied, wanted.sha256()));
      }
      Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return path;
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  static Digest sha256(InputStream from, OutputStream to) throws IOException {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      new DigestInputStream(from, sha256).transferTo(to);
      return Digest.of(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
