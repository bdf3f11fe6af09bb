package dev.assay.agent.backend;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.assay.protocol.Digest;
import dev.assay.protocol.OutputOpening;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.replay.StrictReplay;
import dev.assay.protocol.replay.WordPiece;
import dev.assay.protocol.verification.Assessment;
import dev.assay.protocol.verification.Calibration;
import dev.assay.protocol.verification.Evidence;
import dev.assay.protocol.verification.VerificationMethod;
import dev.assay.protocol.verification.VerificationMethod.LatticeDigest;
import dev.assay.protocol.verification.VerificationMethod.ToleranceVector;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/**
 * Whether honest answers of the real model pass and cheats do not, with the thresholds that are
 * shipped; prints what {@link Calibration} files say.
 *
 * <p>Each text is answered once by every {@link Setup}, by a run of its own, and each two of its
 * answers are compared: whichever of two honest nodes is the worker and which the verifier, the
 * distance is the same, so a pair counts once. Pairs of one text are not independent of each other;
 * texts are. So two bounds are told: of pairs, and of texts of which any pair is flagged.
 */
@Timeout(value = 6, unit = TimeUnit.HOURS)
class CheatMatrixModuleTests {
  private static final boolean IS_NIGHTLY = Boolean.getBoolean("assay.nightly");
  private static final long SEED = 20_261_125;
  private static final Digest SUBJECT = Digest.keccak256((byte) 7);

  private static final Calibration CALIBRATION =
      Calibration.of(KnownModels.ALL_MINILM_L6_V2.digest(), ProfileClass.F32_CPU).orElseThrow();
  private static final LatticeDigest LATTICE = Objects.requireNonNull(CALIBRATION.lattice());

  @TempDir static Path store;
  private static List<int[]> texts = List.of();
  private static List<String> words = List.of();
  private static byte[] weights = {};

  /** How honest workers may set up the runtime. */
  private record Setup(int threads, OptLevel level, int batch) {}

  /** All five levels, each with these threads and batches; the shorter of a batch are padded. */
  private static final List<Setup> HONEST =
      Arrays.stream(OptLevel.values())
          .flatMap(level ->
              Stream.of(
                  new Setup(1, level, 1),
                  new Setup(2, level, 4),
                  new Setup(1, level, 8),
                  new Setup(2, level, 16),
                  new Setup(1, level, 32),
                  new Setup(2, level, 64)))
          .toList();

  private static final Setup REFERENCE = new Setup(1, OptLevel.ALL_OPT, 1);

  /** So many texts' answers by all setups are in memory at a time. */
  private static final int TOGETHER = 2_000;

  /** The sketch takes longer than a run of the model: of one text in so many. */
  private static final int SKETCHED = 10;

  /** Counts, and the extremes, of one row. */
  private static final class Row {
    private final VerificationMethod method;
    private int flags;
    private int count;
    private double nearest = Double.POSITIVE_INFINITY;
    private double farthest;

    Row(VerificationMethod method) {
      this.method = method;
    }

    void add(Evidence claim, Evidence.Vectors right, double distance) {
      count++;
      nearest = Math.min(nearest, distance);
      farthest = Math.max(farthest, distance);
      flags += method.assess(SUBJECT, claim, right) instanceof Assessment.Pass ? 0 : 1;
    }
  }

  @BeforeAll
  static void read() throws IOException {
    Replays.of(store);
    weights = Files.readAllBytes(store.resolve("all-minilm-l6-v2.onnx"));
    // Those that the tokenizer has a piece for, so that a text's length is known.
    words =
        JsonMapper.builder()
            .build()
            .readTree(Files.readAllBytes(store.resolve("all-minilm-l6-v2-tokenizer.json")))
            .path("model")
            .path("vocab")
            .propertyNames()
            .stream()
            .filter(word -> word.matches("[a-z]{3,10}"))
            .toList();
    texts = texts(IS_NIGHTLY ? 7_200 : 1_000);
  }

  @Test
  void honest_answers_pass_whatever_the_batch_the_threads_and_the_graphs_level() throws Exception {
    Row tolerance = new Row(CALIBRATION.method());
    Row lattice = new Row(LATTICE);
    long different = 0;
    for (int from = 0; from < texts.size(); from += TOGETHER) {
      List<int[]> some = texts.subList(from, Math.min(texts.size(), from + TOGETHER));
      List<List<float[]>> answers = new ArrayList<>();
      for (Setup setup : HONEST) {
        answers.add(answers(setup, some));
      }
      for (int i = 0; i < some.size(); i++) {
        int text = i;
        List<Evidence.Vectors> ofText =
            answers.stream().map(bySetup -> vectors(bySetup.get(text))).toList();
        different += compare(ofText, tolerance);
        if (i % SKETCHED == 0) {
          Evidence.Vectors right = ofText.get(HONEST.indexOf(REFERENCE));
          for (Evidence.Vectors claim : ofText) {
            double distance = ToleranceVector.distance(claim.vector(0), right.vector(0));
            lattice.add(LATTICE.sketch(SUBJECT, claim), right, distance);
          }
        }
      }
    }
    print("honest, tolerance vector: %s", tolerance);
    print("honest, lattice digest: %s", lattice);
    System.out.printf(
        Locale.ROOT,
        "%d texts, each answered by %d setups: %d pairs, of which %d differ in some bit; no flag"
            + " among them bounds the rate of flagged pairs below %.1e, and that of texts with a"
            + " flagged pair below %.1e (95 %%)%n",
        texts.size(),
        HONEST.size(),
        tolerance.count,
        different,
        3.0 / tolerance.count,
        3.0 / texts.size());

    assertThat(tolerance.count).isGreaterThanOrEqualTo(IS_NIGHTLY ? 3_000_000 : 50_000);
    assertThat(tolerance.flags).isZero();
    assertThat(lattice.flags).isZero();
    assertThat(tolerance.farthest).isLessThanOrEqualTo(CALIBRATION.honestMax());
  }

  /** Each two answers to one text; gives how many pairs are not the same to the last bit. */
  private static int compare(List<Evidence.Vectors> ofText, Row row) {
    int different = 0;
    for (int a = 0; a < ofText.size(); a++) {
      float[] one = ofText.get(a).vector(0);
      for (int b = a + 1; b < ofText.size(); b++) {
        float[] other = ofText.get(b).vector(0);
        row.add(ofText.get(a), ofText.get(b), ToleranceVector.distance(one, other));
        different += Arrays.equals(one, other) ? 0 : 1;
      }
    }
    return different;
  }

  @Test
  void honest_answers_pass_against_the_arbiter() throws Exception {
    StrictReplay arbiter = Replays.of(store);
    Row row = new Row(CALIBRATION.method());
    Random chance = new Random(SEED + 1);
    try (var worker = new OnnxEmbeddings(store)) {
      for (int i = 0; i < (IS_NIGHTLY ? 2_000 : 40); i++) {
        var input = new EmbeddingsInput(List.of(sentence(2 + chance.nextInt(10), chance)));
        var answer =
            (EmbeddingsOutput) worker.run(KnownModels.ALL_MINILM_L6_V2.digest(), input).output();
        float[] strict = arbiter.embed(input).vector(0);
        row.add(
            Evidence.of(answer),
            vectors(strict),
            ToleranceVector.distance(answer.vector(0), strict));
      }
    }
    print("honest, against the arbiter: %s", row);

    assertThat(row.flags).isZero();
    assertThat(row.farthest).isLessThanOrEqualTo(CALIBRATION.honestMax());
  }

  @Test
  void every_cheat_is_flagged_each_time() throws Exception {
    List<int[]> some = texts.subList(0, IS_NIGHTLY ? 7_000 : 500);
    List<float[]> right = answers(REFERENCE, some);
    double nearest = Double.POSITIVE_INFINITY;

    List<float[]> other = answers(resource("all-minilm-l6-v2-q.onnx"), REFERENCE, some);
    nearest = Math.min(nearest, flagged("model in 8 bits", other::get, right));
    nearest =
        Math.min(
            nearest,
            flagged(
                "weights in 16 bits",
                answers(HalfPrecision.rounded(weights), REFERENCE, some)::get,
                right));
    nearest =
        Math.min(
            nearest, flagged("answer in 16 bits", i -> HalfPrecision.rounded(right.get(i)), right));
    List<int[]> cut = some.stream().map(CheatMatrixModuleTests::withoutLastToken).toList();
    nearest = Math.min(nearest, flagged("truncated input", answers(REFERENCE, cut)::get, right));
    nearest =
        Math.min(
            nearest,
            flagged("answer to another text", i -> right.get((i + 1) % right.size()), right));
    Random chance = new Random(SEED);
    nearest = Math.min(nearest, flagged("junk of length 1", i -> junk(chance), right));
    nearest = Math.min(nearest, flagged("constant", i -> junk(new Random(SEED)), right));
    nearest = Math.min(nearest, flagged("zeros", i -> new float[right.get(i).length], right));
    System.out.printf(Locale.ROOT, "nearest cheat: %.2e%n", nearest);

    assertThat(nearest).isGreaterThanOrEqualTo(CALIBRATION.cheatMin());
  }

  /** The numbers are right, so no comparison can tell; the commitment does. */
  @Test
  void a_copied_answer_does_not_open_for_whoever_copied_it() {
    Random chance = new Random(SEED);
    for (int i = 0; i < 10_000; i++) {
      Digest output = random(chance);
      var own = new OutputOpening(random(chance), 1, wallet(chance), random(chance), output);
      WalletAddress copier = wallet(chance);

      assertThat(new OutputOpening(own.jobId(), 1, copier, own.salt(), output).commitment())
          .isNotEqualTo(own.commitment());
      assertThat(new OutputOpening(own.jobId(), 2, own.worker(), own.salt(), output).commitment())
          .isNotEqualTo(own.commitment());
      assertThat(
              new OutputOpening(random(chance), 1, own.worker(), own.salt(), output).commitment())
          .isNotEqualTo(own.commitment());
    }
  }

  /** Both methods must flag all; gives the smallest distance. */
  private static double flagged(String cheat, IntFunction<float[]> claims, List<float[]> right) {
    Row tolerance = new Row(CALIBRATION.method());
    Row lattice = new Row(LATTICE);
    for (int i = 0; i < right.size(); i++) {
      Evidence claim = vectors(claims.apply(i));
      var reference = vectors(right.get(i));
      double distance = ToleranceVector.distance(claims.apply(i), right.get(i));
      tolerance.add(claim, reference, distance);
      lattice.add(LATTICE.sketch(SUBJECT, claim), reference, distance);
    }
    print(cheat + ", tolerance vector: %s", tolerance);
    print(cheat + ", lattice digest: %s", lattice);
    assertThat(tolerance.flags).as(cheat).isEqualTo(right.size());
    assertThat(lattice.flags).as(cheat).isEqualTo(right.size());
    return tolerance.nearest;
  }

  private static void print(String what, Row row) {
    System.out.printf(
        Locale.ROOT,
        what + "%n",
        "%d flags of %d, distances %.2e to %.2e"
            .formatted(row.flags, row.count, row.nearest, row.farthest));
  }

  private static List<float[]> answers(Setup setup, List<int[]> some) throws Exception {
    return answers(weights, setup, some);
  }

  private static List<float[]> answers(byte[] onnx, Setup setup, List<int[]> some)
      throws Exception {
    try (var runtime = new TestRuntime(onnx, setup.threads, setup.level)) {
      return runtime.embed(some, setup.batch);
    }
  }

  /**
   * Different texts: short, as queries are; at the end some that fill the context, together, so
   * that they do not pad whole batches of short ones.
   */
  private static List<int[]> texts(int count) throws IOException {
    WordPiece tokenizer =
        WordPiece.read(
            ByteBuffer.wrap(Files.readAllBytes(store.resolve("all-minilm-l6-v2-tokenizer.json"))));
    Random chance = new Random(SEED);
    Set<String> sentences = new LinkedHashSet<>();
    while (sentences.size() < count) {
      boolean isLong = sentences.size() >= count - count / 200;
      sentences.add(sentence(isLong ? 300 : 1 + chance.nextInt(3), chance));
    }
    return sentences.stream().map(text -> tokenizer.encode(text, 256)).toList();
  }

  private static String sentence(int length, Random chance) {
    var sentence = new StringBuilder();
    for (int i = 0; i < length; i++) {
      sentence.append(words.get(chance.nextInt(words.size()))).append(' ');
    }
    return sentence.toString().strip();
  }

  private static int[] withoutLastToken(int[] ids) {
    int[] cut = Arrays.copyOf(ids, ids.length - 1);
    cut[cut.length - 1] = ids[ids.length - 1];
    return cut;
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream file = CheatMatrixModuleTests.class.getResourceAsStream("/" + name)) {
      assertThat(file).as(name).isNotNull();
      return Objects.requireNonNull(file).readAllBytes();
    }
  }

  private static Evidence.Vectors vectors(float[] vector) {
    return (Evidence.Vectors) Evidence.ofVectors(List.of(vector));
  }

  private static float[] junk(Random chance) {
    double[] numbers = chance.doubles(384, -1, 1).toArray();
    double length = Math.sqrt(Arrays.stream(numbers).map(x -> x * x).sum());
    float[] junk = new float[numbers.length];
    IntStream.range(0, junk.length).forEach(d -> junk[d] = (float) (numbers[d] / length));
    return junk;
  }

  private static Digest random(Random chance) {
    byte[] bytes = new byte[Digest.SIZE];
    chance.nextBytes(bytes);
    return Digest.of(bytes);
  }

  private static WalletAddress wallet(Random chance) {
    byte[] bytes = new byte[20];
    chance.nextBytes(bytes);
    return new WalletAddress("0x" + HexFormat.of().formatHex(bytes));
  }
}
