package dev.assay.protocol.verification;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.CanonicalBytes;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.TokenTrace;
import dev.assay.protocol.content.TokenTrace.Likelihood;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a worker opens, or a verifier has computed, for a check. Whatever comes from outside is made
 * by a factory here, which turns what it cannot read into {@link Malformed}: a decoder that throws,
 * or returns null, would one day be a pass.
 */
public sealed interface Evidence {
  /** The most positions, reveals or sketches that one check looks at. */
  int MOST = 65_536;

  /**
   * Nothing that can be measured.
   *
   * @param why one sentence
   */
  record Malformed(String why) implements Evidence {}

  /** The digest of a whole output. */
  record Output(Digest digest) implements Evidence {}

  /** Some vectors of an output, all of the same dimensions, all numbers finite. */
  final class Vectors implements Evidence {
    private final List<float[]> vectors;

    private Vectors(List<float[]> vectors) {
      this.vectors = vectors;
    }

    public int count() {
      return vectors.size();
    }

    public int dimensions() {
      return vectors.getFirst().length;
    }

    /**
     * Some of them, in this order.
     *
     * @throws IndexOutOfBoundsException for one that is not there
     */
    public Vectors only(List<Integer> indices) {
      return new Vectors(indices.stream().map(vectors::get).toList());
    }

    /** A copy. */
    public float[] vector(int index) {
      return vectors.get(index).clone();
    }

    /** Without the copy. */
    float[] raw(int index) {
      return vectors.get(index);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Vectors that
          && vectors.size() == that.vectors.size()
          && IntStream.range(0, vectors.size())
              .allMatch(i -> Arrays.equals(vectors.get(i), that.vectors.get(i)));
    }

    @Override
    public int hashCode() {
      return vectors.stream().mapToInt(Arrays::hashCode).reduce(1, (a, b) -> 31 * a + b);
    }

    @Override
    public String toString() {
      return "Vectors[%d × %d]".formatted(count(), dimensions());
    }
  }

  /**
   * The lattice digest of each vector of an output.
   *
   * @param sketches in the order of the vectors
   */
  record Sketches(List<Sketch> sketches) implements Evidence {
    public Sketches {
      sketches = List.copyOf(sketches);
    }
  }

  /**
   * See {@link VerificationMethod.LatticeDigest}.
   *
   * @param helper one byte a projection
   */
  @SuppressWarnings("ArrayRecordComponent") // copied on the way in and out, compared by content
  record Sketch(Digest digest, byte[] helper) {
    public Sketch {
      helper = helper.clone();
    }

    @Override
    public byte[] helper() {
      return helper.clone();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Sketch that
          && digest.equals(that.digest)
          && Arrays.equals(helper, that.helper);
    }

    @Override
    public int hashCode() {
      return 31 * digest.hashCode() + Arrays.hashCode(helper);
    }

    @Override
    public String toString() {
      return "Sketch[%s, %s]".formatted(digest, HexFormat.of().formatHex(helper));
    }
  }

  /** What several others made of the same input, or several answers that are all right. */
  record Reveals(List<Evidence> answers) implements Evidence {
    public Reveals {
      answers = List.copyOf(answers);
    }
  }

  /**
   * Logarithms of the probabilities that a model gave to tokens which it, or another, chose.
   *
   * @param text digest of what all tokens together say, and of how they end; zero if nothing is
   *     said of that
   * @param scores by ascending position
   */
  record Logprobs(Digest text, List<Score> scores) implements Evidence {
    private static final String TAG = "assay/logprobs/1";

    public Logprobs {
      scores = List.copyOf(scores);
    }

    /** Of all that is in it. */
    Digest digest() {
      var bytes = new CanonicalBytes(TAG).digest(text).number(scores.size());
      for (Score score : scores) {
        bytes
            .number(score.position)
            .number(score.token)
            .number(Double.doubleToLongBits(score.logprob))
            .number(score.isBound ? 1 : 0);
      }
      return bytes.keccak256();
    }
  }

  /**
   * @param position in the output, from 0
   * @param logprob natural logarithm, not above 0
   * @param isBound whether the token was not among those that the runtime listed, so that {@code
   *     logprob} is only an upper bound
   */
  record Score(int position, int token, double logprob, boolean isBound) {}

  /** All vectors of an output. */
  static Evidence of(@Nullable EmbeddingsOutput output) {
    return output == null
        ? new Malformed("There is no output.")
        : ofVectors(IntStream.range(0, output.count()).mapToObj(output::vector).toList());
  }

  /** Vectors from memory, a verifier's own for example. */
  static Evidence ofVectors(List<float[]> vectors) {
    if (vectors.isEmpty() || vectors.size() > MOST || vectors.getFirst().length == 0) {
      return new Malformed("There are 1 to %d vectors of at least one dimension.".formatted(MOST));
    }
    List<float[]> copies = new ArrayList<>(vectors.size());
    for (float[] vector : vectors) {
      if (vector.length != vectors.getFirst().length) {
        return new Malformed("The vectors differ in their dimensions.");
      }
      for (float number : vector) {
        if (!Float.isFinite(number)) {
          return new Malformed("A vector has a number that is not finite.");
        }
      }
      copies.add(vector.clone());
    }
    return new Vectors(copies);
  }

  /**
   * Opened bytes of vectors.
   *
   * @param float32 little-endian, one vector after another
   */
  static Evidence ofBytes(byte @Nullable [] float32, int count, int dimensions) {
    if (float32 == null) {
      return new Malformed("Nothing was opened.");
    }
    if (count < 1
        || count > MOST
        || dimensions < 1
        || dimensions > EmbeddingsOutput.MAX_DIMENSIONS
        || float32.length != 4L * count * dimensions) {
      return new Malformed(
          "%d bytes are not %d vectors of %d dimensions."
              .formatted(float32.length, count, dimensions));
    }
    var numbers = ByteBuffer.wrap(float32).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    List<float[]> vectors = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      float[] vector = new float[dimensions];
      numbers.get(vector);
      vectors.add(vector);
    }
    return ofVectors(vectors);
  }

  static Evidence ofSketches(@Nullable List<Sketch> sketches) {
    return sketches == null || sketches.isEmpty() || sketches.size() > MOST
        ? new Malformed("There are 1 to %d sketches.".formatted(MOST))
        : new Sketches(sketches);
  }

  /** Of a text; what it is made of is {@link Malformed} if it was not said. */
  static Evidence ofChat(ChatOutput output) {
    TokenTrace trace = output.trace();
    if (trace == null) {
      return new Malformed("Nothing is said of the tokens that the text is made of.");
    }
    List<Score> scores = new ArrayList<>(trace.count());
    for (int i = 0; i < trace.count(); i++) {
      Likelihood chosen = trace.position(i).chosen();
      scores.add(new Score(i, chosen.token(), chosen.logprob(), false));
    }
    boolean isEnded = output.finishReason() == ChatOutput.FinishReason.STOP;
    Digest text =
        new CanonicalBytes("assay/text/1").text(output.text()).number(isEnded ? 1 : 0).keccak256();
    return ofLogprobs(text, scores);
  }

  static Evidence ofLogprobs(@Nullable List<Score> scores) {
    return ofLogprobs(Digest.ZERO, scores);
  }

  /**
   * @param text as in {@link Logprobs}
   */
  static Evidence ofLogprobs(Digest text, @Nullable List<Score> scores) {
    if (scores == null || scores.isEmpty() || scores.size() > MOST) {
      return new Malformed("There are 1 to %d scores.".formatted(MOST));
    }
    int before = -1;
    for (Score score : scores) {
      if (score.position <= before) {
        return new Malformed("Positions ascend from 0.");
      }
      if (!isLogprob(score.logprob)) {
        return new Malformed("A logprob is a finite number that is not above 0.");
      }
      before = score.position;
    }
    return new Logprobs(text, scores);
  }

  private static boolean isLogprob(double number) {
    return Double.isFinite(number) && number <= 0;
  }
}
