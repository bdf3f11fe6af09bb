package dev.assay.quickstart.cheat;

import dev.assay.agent.backend.Answer;
import dev.assay.agent.backend.BackendFailure;
import dev.assay.agent.backend.InferenceBackend;
import dev.assay.agent.backend.OnnxEmbeddings;
import dev.assay.agent.backend.OutputListener;
import dev.assay.agent.backend.ServedModel;
import dev.assay.protocol.Digest;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ProfileClass;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** What stands in the place of the embedded model in a {@link CheatingWorker}. */
final class CheatingModel implements InferenceBackend {
  private static final int DIMENSIONS = 384;
  private static final double NOISE = 1e-3;

  private final Cheat cheat;
  private final OnnxEmbeddings model;
  private final QuantisedModel cheaper;
  private final Path shown;
  private final RandomGenerator chance;
  private final float[] constant;

  /**
   * @param models where weights are unpacked to
   * @param shown the file in which the last answer of one is for others to copy
   */
  CheatingModel(Cheat cheat, Path models, Path shown, RandomGenerator chance) {
    this.cheat = cheat;
    this.model = new OnnxEmbeddings(models);
    this.cheaper = new QuantisedModel(models);
    this.shown = shown;
    this.chance = chance;
    this.constant = direction();
  }

  @Override
  public String name() {
    return "a model that is " + cheat;
  }

  @Override
  public List<ServedModel> models() {
    return List.of(new ServedModel(KnownModels.ALL_MINILM_L6_V2, ProfileClass.F32_CPU));
  }

  @Override
  public Answer run(Digest asked, JobInput input, OutputListener listener)
      throws BackendFailure, InterruptedException {
    if (!(input instanceof EmbeddingsInput(List<String> texts))) {
      throw new BackendFailure("This model makes embeddings only.");
    }
    try {
      return switch (cheat) {
        case LAZY -> answer(texts, texts.stream().map(_ -> constant.clone()).toList());
        case SUBSTITUTING -> answer(texts, cheaper.embed(texts));
        case COPYING -> answer(texts, texts.stream().map(_ -> lastShown()).toList());
        case NOISY -> {
          Answer right = model.run(asked, input, listener);
          yield new Answer(blurred(right), right.inputUnits(), right.outputUnits());
        }
        case LEAKING -> {
          Answer right = model.run(asked, input, listener);
          show(((EmbeddingsOutput) right.output()).vector(0));
          yield right;
        }
      };
    } catch (IOException e) {
      throw new BackendFailure("It cannot cheat: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    model.close();
    cheaper.close();
  }

  /** It does not know how many tokens there are and says about as many as there may be. */
  private static Answer answer(List<String> texts, List<float[]> vectors) {
    long tokens = texts.stream().mapToLong(text -> text.split(" ").length + 2L).sum();
    return new Answer(EmbeddingsOutput.of(vectors), tokens, 0);
  }

  private EmbeddingsOutput blurred(Answer right) {
    var output = (EmbeddingsOutput) right.output();
    List<float[]> blurred = new ArrayList<>();
    for (int i = 0; i < output.count(); i++) {
      float[] vector = output.vector(i);
      float[] noise = direction();
      for (int d = 0; d < vector.length; d++) {
        vector[d] += (float) (NOISE * noise[d]);
      }
      blurred.add(vector);
    }
    return EmbeddingsOutput.of(blurred);
  }

  private synchronized void show(float[] vector) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * vector.length);
    bytes.asFloatBuffer().put(vector);
    Path next = shown.resolveSibling(shown.getFileName() + ".next");
    Files.write(next, bytes.array());
    Files.move(next, shown, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Before anything was shown it has to make something up. */
  private float[] lastShown() {
    try {
      float[] vector = new float[DIMENSIONS];
      ByteBuffer.wrap(Files.readAllBytes(shown)).asFloatBuffer().get(vector);
      return vector;
    } catch (IOException nothingYet) {
      return direction();
    }
  }

  /** A unit vector that points anywhere. */
  private float[] direction() {
    double[] numbers = new double[DIMENSIONS];
    double squares = 0;
    for (int d = 0; d < DIMENSIONS; d++) {
      numbers[d] = chance.nextGaussian();
      squares += numbers[d] * numbers[d];
    }
    float[] unit = new float[DIMENSIONS];
    for (int d = 0; d < DIMENSIONS; d++) {
      unit[d] = (float) (numbers[d] / Math.sqrt(squares));
    }
    return unit;
  }
}
