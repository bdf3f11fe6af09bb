package dev.assay.protocol.replay;

import dev.assay.protocol.content.ModelManifest;
import dev.assay.protocol.content.ModelManifest.ModelFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Files of models where an operator keeps them: in a directory, by the paths of their manifests, or
 * else among the jars, as the market's models are shipped. Whether they are what a manifest says is
 * for {@link StrictReplay} to check.
 */
public final class ModelFiles implements StrictReplay.Files {
  private final ClassLoader jars;
  private final @Nullable Path directory;

  /**
   * @param directory looked into first; null for none
   */
  public ModelFiles(ClassLoader jars, @Nullable Path directory) {
    this.jars = jars;
    this.directory = directory;
  }

  /** Whether all files of a model are here; what is in them nobody has looked at. */
  public boolean has(ModelManifest model) {
    return model.files().stream()
        .allMatch(file -> inDirectory(file) != null || jars.getResource(file.path()) != null);
  }

  /** Outside of the heap: a model's weights are large, and needed once. */
  @Override
  public ByteBuffer open(ModelFile file) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(Math.toIntExact(file.size()));
    try (InputStream in = stream(file);
        ReadableByteChannel channel = Channels.newChannel(in)) {
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // As much as there is.
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.flip();
  }

  private InputStream stream(ModelFile file) throws IOException {
    Path there = inDirectory(file);
    InputStream in =
        there == null ? jars.getResourceAsStream(file.path()) : Files.newInputStream(there);
    if (in == null) {
      throw new FileNotFoundException(file.path() + " is neither in the directory nor in a jar");
    }
    return in;
  }

  private @Nullable Path inDirectory(ModelFile file) {
    if (directory == null) {
      return null;
    }
    Path root = directory.toAbsolutePath().normalize();
    Path path = root.resolve(file.path()).normalize();
    return path.startsWith(root) && Files.isRegularFile(path) ? path : null;
  }
}
