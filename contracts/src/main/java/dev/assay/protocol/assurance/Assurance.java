package dev.assay.protocol.assurance;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.assurance.Independence.Voice;
import dev.assay.protocol.audit.AuditRate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How sure one may be of a result. Derivations of the bounds: docs/assurance.md. Quotes, results
 * and receipts all carry it, as JSON of these names.
 *
 * @param level what was done
 * @param errorBound an upper bound on the probability that the result is wrong, if what is {@code
 *     assumed} holds
 * @param passes k of the worker, when the result was made
 * @param asked workers who were to compute it
 * @param agreeing of those, the ones who came to this result, the one that is paid included
 * @param independence of those who agree
 */
public record Assurance(
    Level level,
    double errorBound,
    int passes,
    int asked,
    int agreeing,
    Independence independence,
    Assumptions assumed) {
  /** What has been done for a result. */
  public enum Level {
    /**
     * Signed and backed by stake, checked by nobody, and of a worker about whom nothing is known.
     */
    BEST_EFFORT,
    /** Of a worker who is audited by chance. */
    SPOT,
    /** Several workers agree. */
    QUORUM,
    /** This very result was held against the strict replay, which everybody can repeat. */
    STRICT;

    /**
     * @throws IllegalArgumentException for a level that does not exist
     */
    @JsonCreator
    public static Level parse(String label) {
      return Arrays.stream(values())
          .filter(level -> level.label().equals(label))
          .findFirst()
          .orElseThrow(() ->
              new IllegalArgumentException(
                  "A level is 'best-effort', 'spot', 'quorum' or 'strict'."));
    }

    /** For example {@code best-effort}. */
    @JsonValue
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * @throws IllegalArgumentException if the bound is no probability, or more agree than were asked
   */
  public Assurance {
    if (!(errorBound >= 0 && errorBound <= 1)) {
      throw new IllegalArgumentException("%s is no bound.".formatted(errorBound));
    }
    if (passes < 0 || agreeing < 1 || agreeing > asked) {
      throw new IllegalArgumentException(
          "%d of %d cannot agree, after %d passes.".formatted(agreeing, asked, passes));
    }
  }

  public static Assurance bestEffort() {
    return alone(Level.BEST_EFFORT, 1, 0, Assumptions.DEFAULT);
  }

  /**
   * Of a worker with k passes whose results are audited by {@link AuditRate}: B = f / (f + (1 − f)
   * · h · δ · D), where D = p(k) · Σ 1/p(j) over j = 0 … k weighs the work that it took to get
   * there.
   */
  public static Assurance spot(int passes, Assumptions assumed) {
    return alone(Level.SPOT, spotBound(passes, assumed), passes, assumed);
  }

  /** As {@link #spot}, when this very result was audited and passed: B·m / (B·m + 1 − B). */
  public static Assurance audited(int passes, Assumptions assumed) {
    return alone(Level.SPOT, auditedBound(passes, assumed), passes, assumed);
  }

  private static Assurance alone(Level level, double bound, int passes, Assumptions assumed) {
    return new Assurance(level, bound, passes, 1, 1, Independence.ALONE, assumed);
  }

  /**
   * Of workers drawn by chance, so many agree. A wrong result is accepted if so many are in one
   * hand; workers of one owner are one voice.
   *
   * @param asked how many were drawn
   * @param agreeing who agree
   */
  public static Assurance quorum(int asked, List<Voice> agreeing, Assumptions assumed) {
    if (agreeing.isEmpty() || agreeing.size() > asked) {
      throw new IllegalArgumentException(
          "%d of %d cannot agree.".formatted(agreeing.size(), asked));
    }
    int owners = (int) agreeing.stream().map(Voice::owner).distinct().count();
    int voices = asked - (agreeing.size() - owners);
    return new Assurance(
        Level.QUORUM,
        atLeast(owners, voices, assumed.adversary()),
        0,
        asked,
        agreeing.size(),
        Independence.of(agreeing),
        assumed);
  }

  /**
   * As {@link #audited}, by the market's own strict replay of this very result: the market may lie
   * as any verifier may. Whoever replays it too need not assume that.
   */
  public static Assurance strict(int passes, Assumptions assumed) {
    return alone(Level.STRICT, auditedBound(passes, assumed), passes, assumed);
  }

  private static double auditedBound(int passes, Assumptions assumed) {
    double before = spotBound(passes, assumed);
    double slips = before * (1 - assumed.noticed());
    return slips / (slips + 1 - before);
  }

  private static double spotBound(int passes, Assumptions assumed) {
    double f = assumed.adversary();
    double honest = (1 - f) * assumed.grown() * assumed.noticed() * work(passes);
    return f / (f + honest);
  }

  /**
   * D: what a worker with so many passes has done since the last failure, in units of the work that
   * brings it the next. Beyond the entry each pass takes 1/floor jobs, so that it grows by one.
   */
  static double work(int passes) {
    double jobs = 0;
    int counted = Math.min(passes, AT_FLOOR);
    for (int k = 0; k <= counted; k++) {
      jobs += 1 / rate(k);
    }
    return rate(passes) * jobs + (passes - counted);
  }

  /** With this many passes the rate is the floor, for all who have enough stake. */
  private static final int AT_FLOOR =
      AuditRate.ENTRY * BasisPoints.WHOLE.value() / AuditRate.FLOOR.value() + 1;

  private static double rate(int passes) {
    BasisPoints rate =
        new AuditRate(TokenAmount.ZERO, TokenAmount.ZERO, TokenAmount.ZERO, passes).value();
    return (double) rate.value() / BasisPoints.WHOLE.value();
  }

  /** Of n independent draws, each in the hostile hand with probability φ, at least k are. */
  static double atLeast(int k, int n, double share) {
    double sum = 0;
    for (int i = k; i <= n; i++) {
      double ways = 1;
      for (int j = 0; j < i; j++) {
        ways = ways * (n - j) / (j + 1);
      }
      sum += ways * Math.pow(share, i) * Math.pow(1 - share, n - i);
    }
    return Math.min(1, sum);
  }
}
