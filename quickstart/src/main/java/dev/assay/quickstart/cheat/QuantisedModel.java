package dev.assay.quickstart.cheat;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.assay.agent.backend.BackendFailure;
import dev.assay.agent.backend.OnnxEmbeddings;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.replay.WordPiece;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The embedded model in 8 bits: a quarter of the size, and another model. */
final class QuantisedModel implements AutoCloseable {
  private static final String WEIGHTS = "all-minilm-l6-v2-q.onnx";
  private static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";

  private final Path directory;
  private @Nullable Loaded loaded;

  private record Loaded(OrtEnvironment runtime, OrtSession session, WordPiece tokenizer) {}

  /**
   * @param directory where its weights are unpacked to
   */
  QuantisedModel(Path directory) {
    this.directory = directory;
  }

  /** Where the weights are shipped. */
  static Path jar() {
    try {
      URL weights = Objects.requireNonNull(QuantisedModel.class.getResource("/" + WEIGHTS));
      var connection = (JarURLConnection) weights.openConnection();
      connection.setUseCaches(false);
      return Path.of(URI.create(connection.getJarFileURL().toString()));
    } catch (IOException e) {
      throw new UncheckedIOException(WEIGHTS + " is not on the class path", e);
    }
  }

  List<float[]> embed(List<String> texts) throws BackendFailure, IOException {
    try {
      Loaded ready = loaded();
      List<float[]> vectors = new ArrayList<>();
      for (String text : texts) {
        int limit = KnownModels.ALL_MINILM_L6_V2.contextUnits();
        int[] ids = ready.tokenizer.encode(text, limit);
        vectors.add(OnnxEmbeddings.embed(ready.runtime, ready.session, ids));
      }
      return vectors;
    } catch (OrtException e) {
      throw new BackendFailure("ONNX Runtime failed (" + e.getCode() + ").", e);
    }
  }

  private synchronized Loaded loaded() throws OrtException, IOException {
    if (loaded == null) {
      Path weights = directory.resolve(WEIGHTS);
      if (!Files.isRegularFile(weights)) {
        Files.createDirectories(directory);
        Files.write(weights, resource(WEIGHTS));
      }
      OrtEnvironment runtime = OrtEnvironment.getEnvironment();
      try (var options = new OrtSession.SessionOptions()) {
        options.setIntraOpNumThreads(1);
        options.addConfigEntry("session.intra_op.allow_spinning", "0");
        loaded =
            new Loaded(
                runtime,
                runtime.createSession(weights.toString(), options),
                WordPiece.read(ByteBuffer.wrap(resource(TOKENIZER))));
      }
    }
    return loaded;
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream file = QuantisedModel.class.getResourceAsStream("/" + name)) {
      if (file == null) {
        throw new FileNotFoundException(name + " is not on the class path");
      }
      return file.readAllBytes();
    }
  }

  @Override
  public synchronized void close() {
    Loaded open = loaded;
    loaded = null;
    if (open != null) {
      try {
        open.session.close();
      } catch (OrtException e) {
        throw new IllegalStateException("the session of the model does not close", e);
      }
    }
  }
}
