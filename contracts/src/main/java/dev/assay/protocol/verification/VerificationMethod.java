package dev.assay.protocol.verification;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.CanonicalBytes;
import dev.assay.protocol.content.VerificationCode;
import dev.assay.protocol.verification.Assessment.Flag;
import dev.assay.protocol.verification.Assessment.Inconclusive;
import dev.assay.protocol.verification.Evidence.Logprobs;
import dev.assay.protocol.verification.Evidence.Malformed;
import dev.assay.protocol.verification.Evidence.Output;
import dev.assay.protocol.verification.Evidence.Reveals;
import dev.assay.protocol.verification.Evidence.Score;
import dev.assay.protocol.verification.Evidence.Sketch;
import dev.assay.protocol.verification.Evidence.Sketches;
import dev.assay.protocol.verification.Evidence.Vectors;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * How an answer is checked, with its thresholds. A method is part of what the requester signs, so
 * that nobody changes the rule after the result; where the thresholds come from is a {@link
 * Calibration}.
 *
 * <p>A claim that has not the form which the method asks for is flagged; a reference that has not
 * is a fault of whoever computed it, and says nothing about the worker.
 */
public sealed interface VerificationMethod {
  VerificationCode code();

  /**
   * @param subject what the claim is about: digest of the job's spec
   * @param claim what the worker opened
   * @param reference what a verifier has computed, or what is known to be right
   */
  Assessment assess(Digest subject, Evidence claim, Evidence reference);

  /** Kind and numbers of the method, as they are hashed. */
  CanonicalBytes describe(CanonicalBytes into);

  private static Assessment unreadable(double threshold) {
    return new Flag(Double.POSITIVE_INFINITY, threshold);
  }

  private static Assessment noReference(Evidence reference) {
    return new Inconclusive(
        reference instanceof Malformed(String why)
            ? "The reference cannot be used. " + why
            : "The reference is of another kind than the method compares.");
  }

  private static double checked(String name, double number) {
    if (!(number > 0) || Double.isInfinite(number)) {
      throw new IllegalArgumentException(name + " is a finite number above 0.");
    }
    return number;
  }

  private static int checked(String name, int number, int least, int most) {
    if (number < least || number > most) {
      throw new IllegalArgumentException(
          "%s is %d to %d, not %d.".formatted(name, least, most, number));
    }
    return number;
  }

  /** Bytes must be equal: for what is computed the same everywhere, to the last bit. */
  record ExactDigest() implements VerificationMethod {
    @Override
    public VerificationCode code() {
      return VerificationCode.EXACT_DIGEST;
    }

    @Override
    public Assessment assess(Digest subject, Evidence claim, Evidence reference) {
      if (!(reference instanceof Output(Digest right))) {
        return noReference(reference);
      }
      return claim instanceof Output(Digest claimed) && claimed.equals(right)
          ? Assessment.PASS
          : unreadable(0);
    }

    @Override
    public CanonicalBytes describe(CanonicalBytes into) {
      return into.number(code().number());
    }
  }

  /**
   * Each vector lies near the reference's, by Euclidean distance. Not by cosine, which hardly
   * notices small errors and never a scale; nor by units in the last place, which explode near
   * zero.
   *
   * @param maxDistance between the worker's vector and the reference's, both of length 1
   */
  record ToleranceVector(double maxDistance) implements VerificationMethod {
    public ToleranceVector {
      checked("maxDistance", maxDistance);
    }

    @Override
    public VerificationCode code() {
      return VerificationCode.TOLERANCE_VECTOR;
    }

    @Override
    public Assessment assess(Digest subject, Evidence claim, Evidence reference) {
      if (!(reference instanceof Vectors right)) {
        return noReference(reference);
      }
      if (!(claim instanceof Vectors claimed)
          || claimed.count() != right.count()
          || claimed.dimensions() != right.dimensions()) {
        return unreadable(maxDistance);
      }
      double farthest = 0;
      for (int i = 0; i < right.count(); i++) {
        farthest = Math.max(farthest, distance(claimed.raw(i), right.raw(i)));
      }
      return farthest <= maxDistance ? Assessment.PASS : new Flag(farthest, maxDistance);
    }

    @Override
    public CanonicalBytes describe(CanonicalBytes into) {
      return into.number(code().number()).number(Double.doubleToLongBits(maxDistance));
    }

    /** In 64-bit floats, in the order of dimensions; finite for finite vectors. */
    public static double distance(float[] one, float[] other) {
      double squares = 0;
      for (int d = 0; d < one.length; d++) {
        double difference = (double) one[d] - other[d];
        squares += difference * difference;
      }
      return Math.sqrt(squares);
    }
  }

  /**
   * As {@link ToleranceVector}, when only a digest can travel. The vector is projected on random
   * sign vectors, each projection is cut into cells of width {@code step}, and the cells' numbers
   * are hashed. Where in its cell a projection lies is published beside the digest (the helper), so
   * that whoever computes a near vector can centre it and finds the same cells: a secure sketch
   * (Dodis et al., SIAM J. Comput. 38(1), 2008).
   *
   * @param projections 16 or more leave a cheat no chance; at most 256
   * @param step width of a cell; two projections agree when they differ by less than half of it
   */
  record LatticeDigest(int projections, double step) implements VerificationMethod {
    private static final String TAG = "assay/lattice/1";
    private static final String SIGNS_TAG = "assay/lattice/signs/1";

    /** Where a helper of one byte says that a projection lies: the middle of 1/256 of a cell. */
    private static final double HALF = 1.0 / 512;

    public LatticeDigest {
      checked("projections", projections, 1, 256);
      checked("step", step);
    }

    @Override
    public VerificationCode code() {
      return VerificationCode.LATTICE_DIGEST;
    }

    /** What a worker publishes instead of its vectors. */
    public Evidence sketch(Digest subject, Evidence own) {
      if (!(own instanceof Vectors vectors)) {
        return own;
      }
      List<Sketch> sketches = new ArrayList<>(vectors.count());
      byte[][] signs = signs(subject, vectors.dimensions());
      for (int i = 0; i < vectors.count(); i++) {
        byte[] helper = new byte[projections];
        long[] cells = new long[projections];
        for (int j = 0; j < projections; j++) {
          double place = projection(signs[j], vectors.raw(i)) / step;
          cells[j] = (long) Math.floor(place);
          helper[j] = (byte) Math.min(255, (int) ((place - Math.floor(place)) * 256));
        }
        sketches.add(new Sketch(digest(subject, i, cells), helper));
      }
      return new Sketches(sketches);
    }

    @Override
    public Assessment assess(Digest subject, Evidence claim, Evidence reference) {
      if (!(reference instanceof Vectors right)) {
        return noReference(reference);
      }
      if (!(claim instanceof Sketches(List<Sketch> claimed)) || claimed.size() != right.count()) {
        return unreadable(0);
      }
      byte[][] signs = signs(subject, right.dimensions());
      int different = 0;
      for (int i = 0; i < right.count(); i++) {
        byte[] helper = claimed.get(i).helper();
        if (helper.length != projections) {
          return unreadable(0);
        }
        long[] cells = new long[projections];
        for (int j = 0; j < projections; j++) {
          double offset = (helper[j] & 0xFF) / 256.0 + HALF;
          cells[j] = Math.round(projection(signs[j], right.raw(i)) / step - offset);
        }
        if (!digest(subject, i, cells).equals(claimed.get(i).digest())) {
          different++;
        }
      }
      return different == 0 ? Assessment.PASS : new Flag(different, 0);
    }

    @Override
    public CanonicalBytes describe(CanonicalBytes into) {
      return into.number(code().number()).number(projections).number(Double.doubleToLongBits(step));
    }

    private static Digest digest(Digest subject, int index, long[] cells) {
      var bytes = new CanonicalBytes(TAG).digest(subject).number(index).number(cells.length);
      for (long cell : cells) {
        bytes.number(cell);
      }
      return bytes.keccak256();
    }

    /**
     * A bit a dimension, of hashes of the subject: nobody chooses an input that they do not see.
     */
    private byte[][] signs(Digest subject, int dimensions) {
      byte[][] signs = new byte[projections][(dimensions + 7) / 8];
      for (int j = 0; j < projections; j++) {
        for (int from = 0; from < signs[j].length; from += Digest.SIZE) {
          byte[] bits =
              new CanonicalBytes(SIGNS_TAG)
                  .digest(subject)
                  .number(j)
                  .number(from)
                  .keccak256()
                  .toBytes();
          System.arraycopy(bits, 0, signs[j], from, Math.min(Digest.SIZE, signs[j].length - from));
        }
      }
      return signs;
    }

    private static double projection(byte[] signs, float[] vector) {
      double sum = 0;
      for (int d = 0; d < vector.length; d++) {
        boolean isPlus = (signs[d >> 3] >>> (d & 7) & 1) != 0;
        sum += isPlus ? vector[d] : -vector[d];
      }
      return sum;
    }
  }

  /**
   * Several workers compute the same; so many of them must agree. Agreement within a tolerance is
   * not transitive, so it is counted around each answer.
   *
   * @param needed how many answers must agree, the claim's own included
   * @param of how many were asked
   * @param agreement how two answers are compared
   */
  record RedundantQuorum(int needed, int of, VerificationMethod agreement)
      implements VerificationMethod {
    /**
     * @throws IllegalArgumentException unless a majority is needed: else two answers could win
     */
    public RedundantQuorum {
      checked("of", of, 2, 31);
      checked("needed", needed, of / 2 + 1, of);
    }

    @Override
    public VerificationCode code() {
      return VerificationCode.REDUNDANT_QUORUM;
    }

    /**
     * @param reference the {@link Reveals} of the others
     */
    @Override
    public Assessment assess(Digest subject, Evidence claim, Evidence reference) {
      if (!(reference instanceof Reveals(List<Evidence> others))) {
        return noReference(reference);
      }
      if (others.size() > of - 1) {
        return new Inconclusive("There are more answers than were asked for.");
      }
      if (1 + agreeing(subject, claim, others) >= needed) {
        return Assessment.PASS;
      }
      for (Evidence other : others) {
        // The one around which it is counted is one of those that agree.
        int agreeing = agreeing(subject, other, others);
        if (agreeing >= needed) {
          return new Flag(agreeing, needed - 1);
        }
      }
      return new Inconclusive("No %d of %d answers agree.".formatted(needed, of));
    }

    private int agreeing(Digest subject, Evidence centre, List<Evidence> answers) {
      return (int)
          answers.stream()
              .filter(
                  answer -> agreement.assess(subject, answer, centre) instanceof Assessment.Pass)
              .count();
    }

    @Override
    public CanonicalBytes describe(CanonicalBytes into) {
      return agreement.describe(into.number(code().number()).number(needed).number(of));
    }
  }

  /**
   * The right answers are known beforehand; the claim must be like one of them.
   *
   * @param likeness how an answer is compared
   */
  record Canary(VerificationMethod likeness) implements VerificationMethod {
    @Override
    public VerificationCode code() {
      return VerificationCode.CANARY;
    }

    /**
     * @param reference {@link Reveals} of all that is accepted
     */
    @Override
    public Assessment assess(Digest subject, Evidence claim, Evidence reference) {
      if (!(reference instanceof Reveals(List<Evidence> accepted))) {
        return noReference(reference);
      }
      Assessment nearest = new Inconclusive("No answer to this canary is known.");
      for (Evidence answer : accepted) {
        switch (likeness.assess(subject, claim, answer)) {
          case Assessment.Pass pass -> {
            return pass;
          }
          case Flag flag -> {
            if (!(nearest instanceof Flag(double statistic, double threshold))
                || flag.statistic() < statistic) {
              nearest = flag;
            }
          }
          case Inconclusive unknown -> {}
        }
      }
      return nearest;
    }

    @Override
    public CanonicalBytes describe(CanonicalBytes into) {
      return likeness.describe(into.number(code().number()));
    }
  }

  /**
   * The arbiter's replay is the reference, which everybody who has the model's files can compute
   * again, to the last bit.
   *
   * @param likeness how the claim is compared with it: workers run other, faster runtimes
   */
  record StrictReplay(VerificationMethod likeness) implements VerificationMethod {
    @Override
    public VerificationCode code() {
      return VerificationCode.STRICT_REPLAY;
    }

    @Override
    public Assessment assess(Digest subject, Evidence claim, Evidence reference) {
      return likeness.assess(subject, claim, reference);
    }

    @Override
    public CanonicalBytes describe(CanonicalBytes into) {
      return likeness.describe(into.number(code().number()));
    }
  }

  /**
   * The model that the verifier runs gives the claimed tokens the probabilities which the worker
   * says that its model gave. Clipped mean of the differences: a median does not see a quantised
   * model, and without the clip one wild token decides.
   *
   * @param positions how many are looked at, or all if there are fewer. They follow from what both
   *     say: who could know beforehand which, knows what a verifier will find everywhere
   * @param clip what one position contributes at most
   * @param maxMean of the clipped differences
   */
  record LogprobSpot(int positions, double clip, double maxMean) implements VerificationMethod {
    /** With more positions that cannot be compared than this part, nothing is said. */
    private static final double MOST_UNUSABLE = 0.2;

    private static final String DRAW_TAG = "assay/logprob-spot/draw/1";

    public LogprobSpot {
      checked("positions", positions, 1, Evidence.MOST);
      checked("clip", clip);
      checked("maxMean", maxMean);
      if (maxMean >= clip) {
        throw new IllegalArgumentException("A mean of clipped numbers is always below the clip.");
      }
    }

    @Override
    public VerificationCode code() {
      return VerificationCode.LOGPROB_SPOT;
    }

    /**
     * @param claim scores at all positions
     * @param reference scores of the claimed tokens; those whose prefix the verifier's runtime cuts
     *     into other tokens are left out
     */
    @Override
    public Assessment assess(Digest subject, Evidence claim, Evidence reference) {
      if (!(reference instanceof Logprobs right)) {
        return noReference(reference);
      }
      if (!(claim instanceof Logprobs claimed) || !claimed.text().equals(right.text())) {
        return unreadable(maxMean);
      }
      int wanted = Math.min(positions, claimed.scores().size());
      if (right.scores().size() < wanted * (1 - MOST_UNUSABLE)) {
        return new Inconclusive(
            "%d of %d positions can be compared.".formatted(right.scores().size(), wanted));
      }
      Map<Integer, Score> byPosition =
          claimed.scores().stream().collect(Collectors.toMap(Score::position, score -> score));
      if (right.scores().stream().anyMatch(known -> isOther(known, byPosition))) {
        return unreadable(maxMean);
      }
      double sum = 0;
      List<Score> drawn = drawn(claimed, right);
      for (Score known : drawn) {
        Score own = Objects.requireNonNull(byPosition.get(known.position()));
        sum += Math.min(clip, difference(own.logprob(), known));
      }
      double mean = sum / drawn.size();
      return mean <= maxMean ? Assessment.PASS : new Flag(mean, maxMean);
    }

    private static boolean isOther(Score known, Map<Integer, Score> claimed) {
      Score own = claimed.get(known.position());
      return own == null || own.token() != known.token();
    }

    /** Those with the smallest hashes. */
    private List<Score> drawn(Logprobs claimed, Logprobs right) {
      if (right.scores().size() <= positions) {
        return right.scores();
      }
      Digest seed =
          new CanonicalBytes(DRAW_TAG).digest(claimed.digest()).digest(right.digest()).keccak256();
      return right.scores().stream()
          .sorted(
              Comparator.comparing(score ->
                  new CanonicalBytes(DRAW_TAG).digest(seed).number(score.position()).keccak256()))
          .limit(positions)
          .toList();
    }

    /** Against a bound only what is above it is surely wrong. */
    private static double difference(double claimed, Score known) {
      double difference = claimed - known.logprob();
      return known.isBound() ? Math.max(0, difference) : Math.abs(difference);
    }

    @Override
    public CanonicalBytes describe(CanonicalBytes into) {
      return into.number(code().number())
          .number(positions)
          .number(Double.doubleToLongBits(clip))
          .number(Double.doubleToLongBits(maxMean));
    }
  }
}
