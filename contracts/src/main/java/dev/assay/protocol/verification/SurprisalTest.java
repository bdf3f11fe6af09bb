package dev.assay.protocol.verification;

import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.TokenTrace;
import dev.assay.protocol.content.TokenTrace.Likelihood;
import dev.assay.protocol.content.TokenTrace.Position;
import java.util.Arrays;
import java.util.List;

/**
 * Soft evidence, added up: how a worker's tokens surprise the model that they are said to be drawn
 * from, over many texts (a sequential test, by an e-process). It is the answer to a small model
 * that writes and a large one that only scores, each of whose texts by itself may pass for unlikely
 * luck.
 *
 * <p>For a few exponents θ it is the mean of ∏ p(y)^θ ⁄ (p(y) · Σ p^θ) over the tokens y, where p
 * is what a verifier's model gave to the five likeliest tokens and to all others as one. Each
 * factor has the mean 1 if y is drawn from p, so this is a martingale that begins at 1, and of an
 * honest worker <em>ever</em> reaches 10⁶ with probability 10⁻⁶ at most, however often one looks
 * (Ville's inequality). It takes no calibration. It holds for temperature 1 only.
 */
public final class SurprisalTest {
  public static final SurprisalTest NEW = new SurprisalTest(new double[4], 0);

  /** Nobody is suspected below. */
  private static final double DECISIVE = 1e6;

  /** The least that is taken for the probability of all tokens that are not listed: rounding. */
  private static final double LEAST_REST = 1e-7;

  /** Below 1 for tokens that are too surprising, above for those that are not enough. */
  private static final double[] EXPONENTS = {0.4, 0.7, 1.3, 2};

  private final double[] logs;
  private final long tokens;

  private SurprisalTest(double[] logs, long tokens) {
    this.logs = logs;
    this.tokens = tokens;
  }

  /**
   * As it was kept.
   *
   * @throws IllegalArgumentException if it was not
   */
  public static SurprisalTest of(List<Double> logs, long tokens) {
    if (logs.size() != EXPONENTS.length || logs.stream().anyMatch(log -> log.isNaN())) {
      throw new IllegalArgumentException("There are %d logarithms.".formatted(EXPONENTS.length));
    }
    return new SurprisalTest(logs.stream().mapToDouble(Double::doubleValue).toArray(), tokens);
  }

  /**
   * @param reference the worker's tokens, and what a verifier's model thinks of them; without them
   *     nothing changes
   */
  public SurprisalTest after(ChatOutput reference) {
    TokenTrace trace = reference.trace();
    if (trace == null) {
      return this;
    }
    double[] next = logs.clone();
    for (int i = 0; i < trace.count(); i++) {
      add(next, trace.position(i));
    }
    return new SurprisalTest(next, tokens + trace.count());
  }

  /** What is left without some of it, which was added in any order. */
  public SurprisalTest without(SurprisalTest some) {
    double[] left = logs.clone();
    for (int e = 0; e < left.length; e++) {
      left[e] -= some.logs[e];
    }
    return new SurprisalTest(left, tokens - some.tokens);
  }

  private static void add(double[] logs, Position position) {
    double others = 1;
    double ofToken = Double.NaN;
    for (Likelihood likelihood : position.likeliest()) {
      others -= StrictMath.exp(likelihood.logprob());
      if (likelihood.token() == position.chosen().token()) {
        ofToken = likelihood.logprob();
      }
    }
    double logOthers = StrictMath.log(Math.max(LEAST_REST, others));
    double logprob = Double.isNaN(ofToken) ? logOthers : ofToken;
    for (int e = 0; e < EXPONENTS.length; e++) {
      double exponent = EXPONENTS[e];
      double sum = StrictMath.exp(exponent * logOthers);
      for (Likelihood likelihood : position.likeliest()) {
        sum += StrictMath.exp(exponent * likelihood.logprob());
      }
      logs[e] += (exponent - 1) * logprob - StrictMath.log(sum);
    }
  }

  /** For {@link #of}. */
  public List<Double> logs() {
    return Arrays.stream(logs).boxed().toList();
  }

  /** How many it rests on. */
  public long tokens() {
    return tokens;
  }

  public double value() {
    return Arrays.stream(logs).map(StrictMath::exp).sum() / EXPONENTS.length;
  }

  /** Whether chance does not explain it. */
  public boolean isDecisive() {
    return value() >= DECISIVE;
  }
}
