package dev.assay.agent.backend;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.assay.protocol.Digest;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ModelManifest;
import dev.assay.protocol.content.ModelManifest.ModelFile;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.replay.SentenceVector;
import dev.assay.protocol.replay.WordPiece;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Sentence embeddings by all-MiniLM-L6-v2 in 32-bit floats, in this process.
 *
 * <p>Profile {@link ProfileClass#F32_CPU} fixes what a vector is: texts run one by one, because a
 * batch changes the last bits; at most {@link ModelManifest#contextUnits} tokens; the mean over all
 * token vectors and its Euclidean norm are taken in 64-bit floats, in the order of tokens.
 *
 * <p>The model is loaded by the first job. One session serves several callers, each on its own
 * thread and core.
 */
public final class OnnxEmbeddings implements InferenceBackend {
  private static final ModelManifest MODEL = KnownModels.ALL_MINILM_L6_V2;
  private static final String WEIGHTS = "all-minilm-l6-v2.onnx";
  private static final String TOKENIZER = "all-minilm-l6-v2-tokenizer.json";
  private static final String CLOSED = "The agent is leaving.";

  private final ModelStore store;

  /** Who runs a text reads; the session must not be closed beneath it. */
  private final ReadWriteLock use = new ReentrantReadWriteLock();

  private @Nullable Loaded loaded;
  private volatile boolean isClosed;

  private record Loaded(OrtEnvironment runtime, OrtSession session, WordPiece tokenizer) {}

  /**
   * @param store where the weights are unpacked to, once; about 90 MB
   */
  public OnnxEmbeddings(Path store) {
    this.store = new ModelStore(store);
  }

  @Override
  public String name() {
    return "ONNX Runtime";
  }

  @Override
  public List<ServedModel> models() {
    return List.of(new ServedModel(MODEL, ProfileClass.F32_CPU));
  }

  /** Asked after a failure only: what cannot be loaded is not sold. */
  @Override
  public Set<Digest> ready() {
    try {
      loaded();
      return Set.of(MODEL.digest());
    } catch (BackendFailure e) {
      return Set.of();
    }
  }

  @Override
  public void load(Digest model) throws BackendFailure {
    loaded();
  }

  @Override
  public Answer run(Digest model, JobInput input, OutputListener listener)
      throws BackendFailure, InterruptedException {
    if (!(input instanceof EmbeddingsInput(List<String> texts))) {
      throw new BackendFailure("This model makes embeddings only.");
    }
    Loaded ready = loaded();
    List<float[]> vectors = new ArrayList<>(texts.size());
    long tokens = 0;
    for (String text : texts) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      int[] ids = ready.tokenizer.encode(text, MODEL.contextUnits());
      vectors.add(embed(ready, ids));
      tokens += ids.length;
    }
    try {
      return new Answer(EmbeddingsOutput.of(vectors), tokens, 0);
    } catch (IllegalArgumentException e) {
      throw new BackendFailure("The model gave a vector with numbers that are not finite.", e);
    }
  }

  /** Waits for the texts that are under way. */
  @Override
  public synchronized void close() {
    use.writeLock().lock();
    try {
      isClosed = true;
      if (loaded != null) {
        loaded.session.close();
        loaded = null;
      }
    } catch (OrtException e) {
      throw new IllegalStateException("the session of the model does not close", e);
    } finally {
      use.writeLock().unlock();
    }
  }

  /** The shipped file, for whoever wants to hash it. */
  static InputStream open(ModelFile file) throws IOException {
    InputStream resource = OnnxEmbeddings.class.getResourceAsStream("/" + file.path());
    if (resource == null) {
      throw new FileNotFoundException(file.path() + " is not among the agent's jars");
    }
    return resource;
  }

  private synchronized Loaded loaded() throws BackendFailure {
    if (isClosed) {
      throw new BackendFailure(CLOSED);
    }
    if (loaded == null) {
      try {
        NativeRuntime.unpack(store.directory());
        OrtEnvironment runtime =
            OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "assay");
        runtime.setTelemetry(false);
        ModelFile file = file(TOKENIZER);
        byte[] json = Files.readAllBytes(store.file(file, () -> open(file)));
        WordPiece tokenizer = WordPiece.read(ByteBuffer.wrap(json));
        ModelFile weights = file(WEIGHTS);
        try (OrtSession.SessionOptions options = options()) {
          String path = store.file(weights, () -> open(weights)).toString();
          loaded = new Loaded(runtime, runtime.createSession(path, options), tokenizer);
        }
      } catch (IOException | OrtException | LinkageError | IllegalArgumentException e) {
        throw new BackendFailure("The model cannot be loaded (" + e.getMessage() + ").", e);
      }
    }
    return loaded;
  }

  /** One thread a caller, and none that spins while it waits: the machine is its owner's. */
  private static OrtSession.SessionOptions options() throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(1);
    options.setInterOpNumThreads(1);
    options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
    options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
    options.addConfigEntry("session.intra_op.allow_spinning", "0");
    options.addConfigEntry("session.inter_op.allow_spinning", "0");
    return options;
  }

  private static ModelFile file(String path) {
    return MODEL.files().stream().filter(f -> f.path().equals(path)).findFirst().orElseThrow();
  }

  private float[] embed(Loaded ready, int[] ids) throws BackendFailure {
    use.readLock().lock();
    try {
      if (isClosed) {
        throw new BackendFailure(CLOSED);
      }
      return embed(ready.runtime, ready.session, ids);
    } catch (OrtException e) {
      throw new BackendFailure("ONNX Runtime failed (" + e.getCode() + ").", e);
    } finally {
      use.readLock().unlock();
    }
  }

  /**
   * Runs a model of this one's form over one text.
   *
   * @param ids of its tokens
   * @return a vector of length one
   */
  public static float[] embed(OrtEnvironment runtime, OrtSession session, int[] ids)
      throws OrtException {
    long[] shape = {1, ids.length};
    long[] ones = new long[ids.length];
    Arrays.fill(ones, 1);
    long[] wide = Arrays.stream(ids).asLongStream().toArray();
    try (OnnxTensor tokens = OnnxTensor.createTensor(runtime, LongBuffer.wrap(wide), shape);
        OnnxTensor mask = OnnxTensor.createTensor(runtime, LongBuffer.wrap(ones), shape);
        OnnxTensor types =
            OnnxTensor.createTensor(runtime, LongBuffer.wrap(new long[ids.length]), shape);
        OrtSession.Result result =
            session.run(
                Map.of("input_ids", tokens, "attention_mask", mask, "token_type_ids", types))) {
      return SentenceVector.of(((OnnxTensor) result.get(0)).getFloatBuffer(), ids.length);
    }
  }
}
