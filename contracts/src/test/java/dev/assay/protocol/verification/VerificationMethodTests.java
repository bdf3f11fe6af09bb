package dev.assay.protocol.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.verification.Assessment.Flag;
import dev.assay.protocol.verification.Assessment.Inconclusive;
import dev.assay.protocol.verification.Assessment.Pass;
import dev.assay.protocol.verification.Evidence.Malformed;
import dev.assay.protocol.verification.Evidence.Output;
import dev.assay.protocol.verification.Evidence.Reveals;
import dev.assay.protocol.verification.Evidence.Score;
import dev.assay.protocol.verification.Evidence.Sketch;
import dev.assay.protocol.verification.Evidence.Sketches;
import dev.assay.protocol.verification.VerificationMethod.Canary;
import dev.assay.protocol.verification.VerificationMethod.ExactDigest;
import dev.assay.protocol.verification.VerificationMethod.LatticeDigest;
import dev.assay.protocol.verification.VerificationMethod.LogprobSpot;
import dev.assay.protocol.verification.VerificationMethod.RedundantQuorum;
import dev.assay.protocol.verification.VerificationMethod.StrictReplay;
import dev.assay.protocol.verification.VerificationMethod.ToleranceVector;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerificationMethodTests {
  private static final Digest SUBJECT = Digest.keccak256((byte) 1);
  private static final ToleranceVector NEAR = new ToleranceVector(1e-5);
  private static final LatticeDigest LATTICE = new LatticeDigest(32, 1e-4);
  private static final int DIMENSIONS = 384;

  // --- what is true of all methods -------------------------------------------------------------

  static Stream<VerificationMethod> methods() {
    return Stream.of(
        new ExactDigest(),
        NEAR,
        LATTICE,
        new RedundantQuorum(2, 3, NEAR),
        new Canary(NEAR),
        new StrictReplay(NEAR),
        new LogprobSpot(4, 1, 0.1));
  }

  /** One of each kind, and those that are nothing. */
  private static List<Evidence> evidences() {
    Evidence vectors = Evidence.ofVectors(List.of(unit(new Random(1))));
    return List.of(
        new Malformed("Nothing."),
        new Output(SUBJECT),
        vectors,
        LATTICE.sketch(SUBJECT, vectors),
        new Reveals(List.of(vectors, vectors)),
        Evidence.ofLogprobs(scores(4, -1)),
        new Reveals(List.of()));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void a_claim_without_form_never_passes_and_a_reference_without_form_blames_nobody(
      VerificationMethod method) {
    var nothing = new Malformed("Nothing.");
    for (Evidence evidence : evidences()) {
      assertThat(method.assess(SUBJECT, nothing, evidence)).isNotInstanceOf(Pass.class);
      assertThat(method.assess(SUBJECT, evidence, nothing)).isInstanceOf(Inconclusive.class);
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void every_pair_of_kinds_has_an_answer_and_only_what_belongs_together_passes(
      VerificationMethod method) {
    int passes = 0;
    for (Evidence claim : evidences()) {
      for (Evidence reference : evidences()) {
        if (method.assess(SUBJECT, claim, reference) instanceof Pass) {
          passes++;
        }
      }
    }

    assertThat(passes).isEqualTo(1);
  }

  @Test
  void methods_and_their_numbers_have_digests_of_their_own() {
    Calibration calibration =
        Calibration.parse(CalibrationTests.GOOD.getBytes(StandardCharsets.UTF_8));
    Stream<VerificationMethod> others =
        Stream.of(
            new ToleranceVector(1.1e-5),
            new LatticeDigest(16, 1e-4),
            new LatticeDigest(32, 2e-4),
            new RedundantQuorum(3, 3, NEAR),
            new RedundantQuorum(3, 4, NEAR),
            new RedundantQuorum(2, 3, LATTICE),
            new Canary(LATTICE),
            new StrictReplay(LATTICE),
            new LogprobSpot(5, 1, 0.1),
            new LogprobSpot(4, 2, 0.1),
            new LogprobSpot(4, 1, 0.2));

    assertThat(
            Stream.concat(methods(), others).map(calibration::thresholds).map(Thresholds::digest))
        .doesNotHaveDuplicates()
        .hasSize(18);
  }

  @Test
  void a_finding_is_signed_as_valid_invalid_or_inconclusive() {
    assertThat(Assessment.PASS.outcome()).isEqualTo(Outcome.VALID);
    assertThat(new Flag(2, 1).outcome()).isEqualTo(Outcome.INVALID);
    assertThat(new Inconclusive("").outcome()).isEqualTo(Outcome.INCONCLUSIVE);
    assertThatThrownBy(() -> new Flag(Double.NaN, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Flag(1, 1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void thresholds_that_would_let_everything_pass_cannot_be_made() {
    for (double wrong : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> new ToleranceVector(wrong))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> new LatticeDigest(16, wrong))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> new LogprobSpot(32, 1, wrong))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new LogprobSpot(32, 1, 1)).hasMessageContaining("below the clip");
    assertThatThrownBy(() -> new RedundantQuorum(2, 4, NEAR)).hasMessageContaining("3 to 4");
    assertThatThrownBy(() -> new LatticeDigest(0, 1)).hasMessageContaining("1 to 256");
  }

  // --- decoders --------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void a_number_that_is_not_finite_is_no_evidence_wherever_it_stands(float wrong) {
    for (int place : new int[] {0, 200, DIMENSIONS - 1}) {
      float[] vector = unit(new Random(place));
      vector[place] = wrong;
      Evidence opened =
          Evidence.ofBytes(bytes(List.of(unit(new Random(2)), vector)), 2, DIMENSIONS);

      assertThat(opened).isInstanceOf(Malformed.class);
      assertThat(NEAR.assess(SUBJECT, opened, opened)).isInstanceOf(Inconclusive.class);
    }
  }

  @Test
  void bytes_of_another_length_than_announced_are_no_evidence() {
    byte[] bytes = bytes(List.of(unit(new Random(3)), unit(new Random(4))));

    assertThat(Evidence.ofBytes(bytes, 2, DIMENSIONS)).isInstanceOf(Evidence.Vectors.class);
    for (int[] wrong :
        new int[][] {
          {1, DIMENSIONS},
          {3, DIMENSIONS},
          {2, 383},
          {0, 0},
          {-2, -DIMENSIONS},
          {Integer.MAX_VALUE, Integer.MAX_VALUE}
        }) {
      assertThat(Evidence.ofBytes(bytes, wrong[0], wrong[1])).isInstanceOf(Malformed.class);
    }
    assertThat(Evidence.ofBytes(null, 2, DIMENSIONS)).isInstanceOf(Malformed.class);
    assertThat(Evidence.of(null)).isInstanceOf(Malformed.class);
    assertThat(Evidence.ofVectors(List.of())).isInstanceOf(Malformed.class);
    assertThat(Evidence.ofVectors(List.of(new float[0]))).isInstanceOf(Malformed.class);
    assertThat(Evidence.ofVectors(List.of(new float[2], new float[3])))
        .isInstanceOf(Malformed.class);
  }

  /** Any bytes, whatever they are: an answer, no exception, and a pass only for what is near. */
  @Test
  void opened_bytes_at_random_never_pass_and_never_throw() {
    long seed = 20_261_125;
    Random chance = new Random(seed);
    Evidence right = Evidence.ofVectors(List.of(unit(chance)));
    byte[] honest = bytes(List.of(((Evidence.Vectors) right).vector(0)));
    for (int i = 0; i < 20_000; i++) {
      byte[] opened = honest.clone();
      int at = chance.nextInt(opened.length);
      opened[at] ^= (byte) (1 << chance.nextInt(8));
      Evidence claim = Evidence.ofBytes(opened, 1, DIMENSIONS);
      boolean isNear =
          claim instanceof Evidence.Vectors vectors
              && ToleranceVector.distance(vectors.vector(0), ((Evidence.Vectors) right).vector(0))
                  <= 1e-5;

      assertThat(NEAR.assess(SUBJECT, claim, right) instanceof Pass)
          .as("seed %d, flip %d", seed, i)
          .isEqualTo(isNear);
    }
  }

  @Test
  void logprobs_that_no_model_gives_are_no_evidence() {
    for (double wrong : new double[] {Double.NaN, Double.NEGATIVE_INFINITY, 0.1}) {
      assertThat(Evidence.ofLogprobs(scores(4, wrong))).isInstanceOf(Malformed.class);
    }
    List<Score> backwards = new ArrayList<>(scores(4, -1));
    Collections.reverse(backwards);
    assertThat(Evidence.ofLogprobs(backwards)).isInstanceOf(Malformed.class);
    assertThat(Evidence.ofLogprobs(null)).isInstanceOf(Malformed.class);
    assertThat(Evidence.ofLogprobs(List.of())).isInstanceOf(Malformed.class);
    assertThat(Evidence.ofSketches(null)).isInstanceOf(Malformed.class);
    assertThat(Evidence.ofSketches(List.of())).isInstanceOf(Malformed.class);
  }

  // --- ExactDigest -----------------------------------------------------------------------------

  @Test
  void another_digest_is_flagged() {
    var other = new Output(Digest.keccak256((byte) 2));

    assertThat(new ExactDigest().assess(SUBJECT, new Output(SUBJECT), new Output(SUBJECT)))
        .isEqualTo(Assessment.PASS);
    assertThat(new ExactDigest().assess(SUBJECT, other, new Output(SUBJECT)))
        .isInstanceOf(Flag.class);
  }

  // --- ToleranceVector and LatticeDigest -------------------------------------------------------

  /** The threshold is where it says; for each distance around it, in many directions. */
  @Test
  void a_vector_passes_exactly_up_to_the_threshold() {
    long seed = 5;
    Random chance = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      float[] right = unit(chance);
      double distance = Math.pow(10, -7 + 4 * chance.nextDouble());
      float[] claimed = moved(right, distance, chance);
      double real = ToleranceVector.distance(claimed, right);
      Assessment assessment =
          NEAR.assess(
              SUBJECT, Evidence.ofVectors(List.of(claimed)), Evidence.ofVectors(List.of(right)));

      assertThat(assessment)
          .as("seed %d, distance %s", seed, real)
          .isEqualTo(real <= 1e-5 ? Assessment.PASS : new Flag(real, 1e-5));
    }
  }

  @Test
  void one_wrong_vector_among_many_is_flagged_wherever_it_stands() {
    Random chance = new Random(6);
    List<float[]> right = IntStream.range(0, 64).mapToObj(i -> unit(chance)).toList();
    for (int wrong = 0; wrong < right.size(); wrong++) {
      List<float[]> claimed = new ArrayList<>(right);
      claimed.set(wrong, moved(right.get(wrong), 1e-3, chance));

      assertThat(NEAR.assess(SUBJECT, Evidence.ofVectors(claimed), Evidence.ofVectors(right)))
          .isInstanceOf(Flag.class);
      assertThat(
              LATTICE.assess(
                  SUBJECT,
                  LATTICE.sketch(SUBJECT, Evidence.ofVectors(claimed)),
                  Evidence.ofVectors(right)))
          .isInstanceOf(Flag.class);
    }
  }

  /** Four of sixty-four find half a cheat fifteen times in sixteen. */
  @Test
  void a_sample_of_items_is_compared_as_a_whole_is() {
    Random chance = new Random(17);
    List<float[]> right = IntStream.range(0, 64).mapToObj(i -> unit(chance)).toList();
    List<float[]> half = new ArrayList<>(right);
    for (int i = 0; i < 64; i += 2) {
      half.set(i, unit(chance));
    }
    var claim = (Evidence.Vectors) Evidence.ofVectors(half);
    var reference = (Evidence.Vectors) Evidence.ofVectors(right);
    int flags = 0;
    for (int i = 0; i < 1_000; i++) {
      var items = new Beacon(Digest.ZERO).items(Digest.keccak256((byte) i, (byte) (i >> 8)), 64, 4);
      flags +=
          NEAR.assess(SUBJECT, claim.only(items), reference.only(items)) instanceof Flag ? 1 : 0;
    }

    assertThat(flags).isBetween(910, 965);
    assertThatThrownBy(() -> claim.only(List.of(64))).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void fewer_or_more_vectors_than_the_reference_are_flagged() {
    Random chance = new Random(7);
    float[] one = unit(chance);
    Evidence two = Evidence.ofVectors(List.of(one, unit(chance)));
    Evidence alone = Evidence.ofVectors(List.of(one));

    assertThat(NEAR.assess(SUBJECT, alone, two)).isInstanceOf(Flag.class);
    assertThat(NEAR.assess(SUBJECT, two, alone)).isInstanceOf(Flag.class);
    assertThat(LATTICE.assess(SUBJECT, LATTICE.sketch(SUBJECT, alone), two))
        .isInstanceOf(Flag.class);
  }

  /** Cosine would not see it. */
  @Test
  void the_right_direction_with_another_length_is_flagged() {
    float[] right = unit(new Random(8));
    float[] twice = right.clone();
    for (int d = 0; d < twice.length; d++) {
      twice[d] *= 1.001f;
    }

    assertThat(
            NEAR.assess(
                SUBJECT, Evidence.ofVectors(List.of(twice)), Evidence.ofVectors(List.of(right))))
        .isInstanceOf(Flag.class);
  }

  /**
   * Honest drift is up to 10⁻⁶, the nearest cheat (weights in 16-bit floats) is 4·10⁻⁴ away. A
   * projection of a difference is a normal number with the difference's length as its deviation.
   */
  @Test
  void lattice_digests_agree_for_honest_drift_and_differ_for_cheats() {
    long seed = 9;
    Random chance = new Random(seed);
    for (int i = 0; i < 3_000; i++) {
      float[] right = unit(chance);
      Evidence own = Evidence.ofVectors(List.of(right));
      Evidence honest =
          LATTICE.sketch(SUBJECT, Evidence.ofVectors(List.of(moved(right, 1e-6, chance))));
      Evidence cheat =
          LATTICE.sketch(SUBJECT, Evidence.ofVectors(List.of(moved(right, 4e-4, chance))));

      assertThat(LATTICE.assess(SUBJECT, honest, own))
          .as("seed %d", seed)
          .isEqualTo(Assessment.PASS);
      assertThat(LATTICE.assess(SUBJECT, cheat, own)).as("seed %d", seed).isInstanceOf(Flag.class);
    }
  }

  @Test
  void a_lattice_digest_of_another_job_or_with_a_helper_of_another_length_is_flagged() {
    Evidence own = Evidence.ofVectors(List.of(unit(new Random(10))));
    Sketch sketch = ((Sketches) LATTICE.sketch(SUBJECT, own)).sketches().getFirst();

    assertThat(LATTICE.assess(Digest.keccak256((byte) 9), new Sketches(List.of(sketch)), own))
        .isInstanceOf(Flag.class);
    for (int length : new int[] {0, 31, 33}) {
      byte[] helper = Arrays.copyOf(sketch.helper(), length);
      Evidence claim = new Sketches(List.of(new Sketch(sketch.digest(), helper)));
      assertThat(LATTICE.assess(SUBJECT, claim, own)).isInstanceOf(Flag.class);
    }
  }

  // --- RedundantQuorum and Canary --------------------------------------------------------------

  @Test
  void a_quorum_passes_with_enough_that_agree_and_flags_who_stands_against_it() {
    var quorum = new RedundantQuorum(3, 5, NEAR);
    Evidence right = Evidence.ofVectors(List.of(unit(new Random(11))));
    Evidence wrong = Evidence.ofVectors(List.of(unit(new Random(12))));
    Evidence third = Evidence.ofVectors(List.of(unit(new Random(13))));
    Evidence nothing = new Malformed("It was not revealed.");

    assertThat(quorum.assess(SUBJECT, right, new Reveals(List.of(right, right, wrong, wrong))))
        .isEqualTo(Assessment.PASS);
    assertThat(quorum.assess(SUBJECT, wrong, new Reveals(List.of(right, right, right, wrong))))
        .isEqualTo(new Flag(3, 2));
    assertThat(quorum.assess(SUBJECT, nothing, new Reveals(List.of(right, right, right))))
        .isInstanceOf(Flag.class);
    assertThat(quorum.assess(SUBJECT, right, new Reveals(List.of(right, wrong, wrong, third))))
        .isInstanceOf(Inconclusive.class);
    assertThat(
            quorum.assess(SUBJECT, right, new Reveals(List.of(nothing, nothing, nothing, right))))
        .isInstanceOf(Inconclusive.class);
    assertThat(quorum.assess(SUBJECT, nothing, new Reveals(List.of(nothing, nothing, nothing))))
        .isInstanceOf(Inconclusive.class);
    assertThat(
            quorum.assess(SUBJECT, right, new Reveals(List.of(right, right, right, right, right))))
        .isInstanceOf(Inconclusive.class);
  }

  @Test
  void a_canary_passes_with_any_of_its_answers_and_flags_by_the_nearest() {
    var canary = new Canary(NEAR);
    Random chance = new Random(14);
    float[] first = unit(chance);
    float[] second = moved(first, 1e-2, chance);
    var accepted =
        new Reveals(
            List.of(Evidence.ofVectors(List.of(first)), Evidence.ofVectors(List.of(second))));
    Evidence near = Evidence.ofVectors(List.of(moved(second, 1e-3, chance)));

    assertThat(canary.assess(SUBJECT, accepted.answers().getLast(), accepted))
        .isEqualTo(Assessment.PASS);
    assertThat(canary.assess(SUBJECT, near, accepted))
        .isInstanceOfSatisfying(
            Flag.class, flag -> assertThat(flag.statistic()).isBetween(9e-4, 1.1e-3));
    assertThat(canary.assess(SUBJECT, near, new Reveals(List.of())))
        .isInstanceOf(Inconclusive.class);
  }

  // --- LogprobSpot -------------------------------------------------------------------------

  @Test
  void logprobs_pass_within_noise_and_one_wild_token_does_not_decide() {
    var spot = new LogprobSpot(32, 1, 0.05);
    List<Score> right = scores(32, -2);
    List<Score> wild = new ArrayList<>(right);
    wild.set(5, new Score(5, 5, -9, false));

    assertThat(
            spot.assess(
                SUBJECT, Evidence.ofLogprobs(scores(32, -2.04)), Evidence.ofLogprobs(right)))
        .isEqualTo(Assessment.PASS);
    assertThat(spot.assess(SUBJECT, Evidence.ofLogprobs(wild), Evidence.ofLogprobs(right)))
        .isEqualTo(Assessment.PASS);
    assertThat(
            spot.assess(
                SUBJECT, Evidence.ofLogprobs(scores(32, -2.06)), Evidence.ofLogprobs(right)))
        .isInstanceOf(Flag.class);
  }

  @Test
  void a_bound_counts_only_against_what_is_above_it() {
    var spot = new LogprobSpot(1, 1, 0.1);
    Evidence bound = Evidence.ofLogprobs(List.of(new Score(3, 7, -5, true)));

    assertThat(
            spot.assess(SUBJECT, Evidence.ofLogprobs(List.of(new Score(3, 7, -8, false))), bound))
        .isEqualTo(Assessment.PASS);
    assertThat(
            spot.assess(SUBJECT, Evidence.ofLogprobs(List.of(new Score(3, 7, -4, false))), bound))
        .isInstanceOf(Flag.class);
  }

  /** A difference in the tokens must never be a free pass. */
  @Test
  void
      missing_positions_and_other_tokens_are_flagged_and_a_runtime_that_cannot_say_is_inconclusive() {
    var spot = new LogprobSpot(10, 1, 0.1);
    Evidence right = Evidence.ofLogprobs(scores(10, -2));
    List<Score> other = new ArrayList<>(scores(10, -2));
    other.set(4, new Score(4, 99, -2, false));

    assertThat(spot.assess(SUBJECT, Evidence.ofLogprobs(scores(9, -2)), right))
        .isInstanceOf(Flag.class);
    assertThat(spot.assess(SUBJECT, Evidence.ofLogprobs(other), right)).isInstanceOf(Flag.class);
    assertThat(spot.assess(SUBJECT, right, Evidence.ofLogprobs(scores(8, -2))))
        .isEqualTo(Assessment.PASS);
    assertThat(spot.assess(SUBJECT, right, Evidence.ofLogprobs(scores(7, -2))))
        .isInstanceOf(Inconclusive.class);
    assertThat(spot.assess(SUBJECT, right, Evidence.ofLogprobs(scores(11, -2))))
        .isInstanceOf(Flag.class);
  }

  @Test
  void of_many_positions_some_are_drawn_which_nobody_knows_before_both_have_spoken() {
    var spot = new LogprobSpot(10, 1, 0.1);
    List<Score> half = new ArrayList<>(scores(200, -2));
    for (int i = 0; i < 100; i++) {
      half.set(i, new Score(i, half.get(i).token(), -3, false));
    }
    Evidence claim = Evidence.ofLogprobs(half);
    List<Assessment> found = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Evidence right = Evidence.ofLogprobs(scores(200, -2 - i * 1e-9));
      found.add(spot.assess(SUBJECT, claim, right));
      assertThat(spot.assess(SUBJECT, claim, right)).isEqualTo(found.getLast());
    }

    assertThat(found).allSatisfy(each -> assertThat(each).isInstanceOf(Flag.class));
    assertThat(found.stream().map(each -> Math.round(((Flag) each).statistic() * 10)).distinct())
        .hasSizeGreaterThan(2);
  }

  @Test
  void the_tokens_of_another_text_are_flagged_even_if_the_logprobs_are_right() {
    var spot = new LogprobSpot(10, 1, 0.1);
    Evidence right = Evidence.ofLogprobs(SUBJECT, scores(10, -2));

    assertThat(spot.assess(SUBJECT, Evidence.ofLogprobs(SUBJECT, scores(10, -2)), right))
        .isEqualTo(Assessment.PASS);
    assertThat(spot.assess(SUBJECT, Evidence.ofLogprobs(scores(10, -2)), right))
        .isInstanceOf(Flag.class);
  }

  @Test
  void an_output_of_the_wire_is_evidence_as_it_is() {
    float[] vector = unit(new Random(16));

    assertThat(Evidence.of(EmbeddingsOutput.of(List.of(vector))))
        .isEqualTo(Evidence.ofVectors(List.of(vector)));
  }

  // ---------------------------------------------------------------------------------------------

  static float[] unit(Random chance) {
    double[] vector = chance.doubles(DIMENSIONS, -1, 1).toArray();
    double length = Math.sqrt(Arrays.stream(vector).map(x -> x * x).sum());
    float[] unit = new float[DIMENSIONS];
    for (int d = 0; d < DIMENSIONS; d++) {
      unit[d] = (float) (vector[d] / length);
    }
    return unit;
  }

  private static float[] moved(float[] from, double distance, Random chance) {
    float[] way = unit(chance);
    float[] moved = from.clone();
    for (int d = 0; d < moved.length; d++) {
      moved[d] += (float) (way[d] * distance);
    }
    return moved;
  }

  private static byte[] bytes(List<float[]> vectors) {
    var bytes = ByteBuffer.allocate(4 * DIMENSIONS * vectors.size()).order(ByteOrder.LITTLE_ENDIAN);
    vectors.forEach(vector -> {
      for (float number : vector) {
        bytes.putFloat(number);
      }
    });
    return bytes.array();
  }

  private static List<Score> scores(int count, double logprob) {
    return IntStream.range(0, count).mapToObj(i -> new Score(i, i, logprob, false)).toList();
  }
}
