package dev.assay.quickstart.language;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.ChatOutput.FinishReason;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.TokenTrace;
import dev.assay.protocol.content.TokenTrace.Likelihood;
import dev.assay.protocol.content.TokenTrace.Position;
import dev.assay.protocol.verification.Assessment.Flag;
import dev.assay.protocol.verification.Calibration;
import dev.assay.protocol.verification.Evidence;
import dev.assay.protocol.verification.SurprisalTest;
import dev.assay.protocol.verification.VerificationMethod;
import dev.assay.protocol.verification.VerificationMethod.LogprobSpot;
import dev.assay.quickstart.demo.Library;
import dev.assay.quickstart.language.LanguageModel.Precision;
import dev.assay.quickstart.language.Speaker.Sampling;
import dev.assay.quickstart.language.Speaker.Scored;
import dev.assay.quickstart.language.Speaker.Spoken;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What the shipped thresholds tell apart, on the real model: honest runtimes of another precision
 * from a smaller model, from coarse weights, and from a smaller model that has the real one score
 * its tokens. The thresholds are set on {@link Texts#CALIBRATION}, which the calibration file tells
 * of; what they are worth is measured on {@link Texts#HELD_OUT}, which had no part in them, and
 * stands in docs/reference/verification.md. Prints both.
 */
class TokenStatisticsTests {
  private static final boolean IS_NIGHTLY = Boolean.getBoolean("assay.nightly");
  private static final Digest SUBJECT = Digest.keccak256((byte) 8);

  private static final int HONEST_TEXTS = 3_000;
  private static final int CHEAT_TEXTS = 1_000;

  private static final LanguageModel FULL = LanguageModel.full(Precision.DOUBLE);
  private static final LanguageModel SMALL = LanguageModel.small();

  /** Of the model that {@link LanguageServerModuleTests} finds to be the runtime's. */
  private static final Calibration CALIBRATION =
      Calibration.of(
              Digest.parse("0x8c2248c2f96139e0e62296eda9ea86cce95b41cf3abacb13e4a5be4f02cec173"),
              ProfileClass.LLM)
          .orElseThrow();

  /** The shipped one, but for a threshold that everything exceeds: so it tells its statistic. */
  private static final LogprobSpot SPOT = (LogprobSpot) CALIBRATION.method();

  private static final LogprobSpot SPOT_STATISTIC =
      new LogprobSpot(SPOT.positions(), SPOT.clip(), Double.MIN_NORMAL);

  /** Where prompts come from and what the samplers' seeds are: no text is in both. */
  private enum Texts {
    CALIBRATION(20_261_126, 0),
    HELD_OUT(77_001_234, 1);

    private final long seed;
    private final List<String> paragraphs;

    /**
     * @param parity the even paragraphs, or the odd ones
     */
    Texts(long seed, int parity) {
      this.seed = seed;
      List<String> all = Library.paragraphs();
      this.paragraphs =
          IntStream.range(0, all.size()).filter(i -> i % 2 == parity).mapToObj(all::get).toList();
    }

    RandomGenerator chance() {
      return new SplittableRandom(seed);
    }

    List<Integer> prompt(RandomGenerator chance) {
      String[] words = paragraphs.get(chance.nextInt(paragraphs.size())).split(" ", -1);
      int from = chance.nextInt(Math.max(1, words.length - 6));
      int to = Math.min(words.length, from + 6);
      return FULL.vocabulary().encode(String.join(" ", Arrays.copyOfRange(words, from, to)));
    }
  }

  /** One worker's text and what a verifier's model thinks of its tokens. */
  private record Pair(ChatOutput claim, ChatOutput reference) {
    double logprobs() {
      return statistic(SPOT_STATISTIC, Evidence.ofChat(claim), Evidence.ofChat(reference));
    }
  }

  private static double statistic(VerificationMethod method, Evidence claim, Evidence reference) {
    return method.assess(SUBJECT, claim, reference) instanceof Flag(double statistic, _)
        ? statistic
        : 0;
  }

  private static TokenTrace trace(ChatOutput output) {
    return Objects.requireNonNull(output.trace());
  }

  /** A text of at most so many tokens, after some words of the training text. */
  private static Pair pair(
      Texts texts, Speaker worker, LanguageModel verifier, int most, RandomGenerator chance) {
    List<Integer> prompt = texts.prompt(chance);
    List<Spoken> spoken = new ArrayList<>();
    boolean isEnded =
        worker.speak(
            prompt,
            new Sampling(most, 1, chance.nextInt(Integer.MAX_VALUE), TokenTrace.LISTED),
            spoken::add);
    ChatOutput claim = output(spoken, isEnded);
    List<Integer> all = new ArrayList<>(prompt);
    all.addAll(trace(claim).tokens());
    List<Spoken> scores =
        new Speaker(verifier, verifier)
            .score(all, TokenTrace.LISTED)
            .subList(prompt.size(), all.size());
    return new Pair(claim, output(scores, isEnded));
  }

  private static ChatOutput output(List<Spoken> spoken, boolean isEnded) {
    TokenTrace trace =
        TokenTrace.ofPositions(
            spoken.stream()
                .map(token ->
                    new Position(
                        likelihood(token.chosen()),
                        token.likeliest().stream().map(TokenStatisticsTests::likelihood).toList()))
                .toList());
    return new ChatOutput(
        FULL.vocabulary().decode(trace.tokens()),
        isEnded ? FinishReason.STOP : FinishReason.LENGTH,
        trace);
  }

  private static Likelihood likelihood(Scored scored) {
    return new Likelihood(scored.token(), (float) scored.logprob());
  }

  /** The rule by which thresholds are set: a factor of two to either side at least. */
  @Test
  void the_shipped_thresholds_are_those_that_the_texts_for_calibration_give() {
    double honest = honest(Texts.CALIBRATION, HONEST_TEXTS);
    double cheat = means(Texts.CALIBRATION, new Speaker(SMALL, SMALL), CHEAT_TEXTS)[0];
    System.out.printf(
        "calibration: honest, %d texts: to %.2e; smaller model, %d texts: from %.2e%n",
        HONEST_TEXTS, honest, CHEAT_TEXTS, cheat);

    assertThat(CALIBRATION.honestPairs()).isLessThanOrEqualTo(HONEST_TEXTS);
    assertThat(CALIBRATION.cheatPairs()).isLessThanOrEqualTo(CHEAT_TEXTS);
    assertThat(honest).isPositive().isLessThanOrEqualTo(CALIBRATION.honestMax());
    assertThat(cheat).isGreaterThanOrEqualTo(CALIBRATION.cheatMin());
    assertThat(SPOT.maxMean()).isBetween(2 * CALIBRATION.honestMax(), CALIBRATION.cheatMin() / 2);
  }

  @Test
  void honest_runtimes_of_any_precision_are_never_flagged() {
    int count = IS_NIGHTLY ? 100_000 : HONEST_TEXTS;
    double farthest = honest(Texts.HELD_OUT, count);
    System.out.printf(
        "held out: honest, %d texts: mean |difference| to %.2e, threshold %.2e; no flag bounds"
            + " their rate below %.1e (95 %%)%n",
        count, farthest, SPOT.maxMean(), 3.0 / count);

    assertThat(farthest).isPositive().isLessThanOrEqualTo(SPOT.maxMean());
  }

  /** The largest statistic of so many texts. */
  private static double honest(Texts texts, int count) {
    List<LanguageModel> honest =
        List.of(FULL, LanguageModel.full(Precision.SINGLE), LanguageModel.full(Precision.BFLOAT16));
    RandomGenerator chance = texts.chance();
    double farthest = 0;
    for (int i = 0; i < count; i++) {
      LanguageModel worker = honest.get(i % 3);
      LanguageModel verifier = honest.get((i / 3 + 1) % 3);
      Pair pair = pair(texts, new Speaker(worker, worker), verifier, 1 + i % 32, chance);
      farthest = Math.max(farthest, pair.logprobs());
    }
    return farthest;
  }

  @Test
  void a_smaller_model_is_flagged_by_each_of_its_texts() {
    double[] means = means(Texts.HELD_OUT, new Speaker(SMALL, SMALL), CHEAT_TEXTS);
    System.out.printf("held out: smaller model, %d texts: from %.2e%n", means.length, means[0]);

    assertThat(means[0]).isGreaterThan(SPOT.maxMean());
  }

  /** What is not promised stands here too: 8 bits are within what honest machines differ by. */
  @Test
  void weights_in_4_bits_are_mostly_flagged_and_weights_in_8_bits_never() {
    LanguageModel four = LanguageModel.full(Precision.FOUR_BIT);
    LanguageModel eight = LanguageModel.full(Precision.EIGHT_BIT);
    double[] coarse = means(Texts.HELD_OUT, new Speaker(four, four), 200);
    double[] fine = means(Texts.HELD_OUT, new Speaker(eight, eight), 200);
    long flagged = Arrays.stream(coarse).filter(mean -> mean > SPOT.maxMean()).count();
    System.out.printf(
        "held out: 4 bits, 200 texts: %d flagged, median %.2e; 8 bits, 200 texts: to %.2e%n",
        flagged, coarse[100], fine[199]);

    assertThat(flagged).isGreaterThan(160);
    assertThat(fine[199]).isLessThan(SPOT.maxMean());
  }

  /** Of texts of at most 64 tokens, sorted. */
  private static double[] means(Texts texts, Speaker cheat, int count) {
    RandomGenerator chance = texts.chance();
    double[] means = new double[count];
    for (int i = 0; i < count; i++) {
      means[i] = pair(texts, cheat, FULL, 64, chance).logprobs();
    }
    Arrays.sort(means);
    return means;
  }

  @Test
  void a_smaller_model_that_has_the_real_one_score_its_tokens_is_found_out_by_its_surprises() {
    RandomGenerator chance = Texts.HELD_OUT.chance();
    Speaker prefilling = new Speaker(SMALL, FULL);
    long[] tokens = new long[50];
    int mostTexts = 0;
    for (int life = 0; life < tokens.length; life++) {
      SurprisalTest test = SurprisalTest.NEW;
      int texts = 0;
      while (!test.isDecisive()) {
        Pair pair = pair(Texts.HELD_OUT, prefilling, FULL, 64, chance);
        assertThat(pair.logprobs()).as("to this check alone it is honest").isZero();
        test = test.after(pair.reference());
        texts++;
      }
      mostTexts = Math.max(mostTexts, texts);
      tokens[life] = test.tokens();
    }
    Arrays.sort(tokens);
    System.out.printf(
        "held out: prefill attack, 50 workers: found after %d tokens (median), %d at most, %d texts"
            + " at most%n",
        tokens[25], tokens[49], mostTexts);

    assertThat(mostTexts).isLessThan(40);
  }

  @Test
  void an_honest_workers_surprises_are_never_decisive() {
    List<LanguageModel> honest = List.of(FULL, LanguageModel.full(Precision.BFLOAT16));
    RandomGenerator chance = Texts.HELD_OUT.chance();
    double highest = 0;
    int lives = IS_NIGHTLY ? 1_000 : 20;
    for (int life = 0; life < lives; life++) {
      LanguageModel worker = honest.get(life % 2);
      SurprisalTest test = SurprisalTest.NEW;
      for (int text = 0; text < 50; text++) {
        test =
            test.after(
                pair(Texts.HELD_OUT, new Speaker(worker, worker), FULL, 64, chance).reference());
        highest = Math.max(highest, test.value());
      }
    }
    System.out.printf("held out: honest, %d workers of 50 texts: E to %.1f%n", lives, highest);

    assertThat(highest).isGreaterThan(1).isLessThan(1e6);
  }
}
