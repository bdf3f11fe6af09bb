package dev.assay.protocol.verification;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.verification.VerificationMethod.LatticeDigest;
import dev.assay.protocol.verification.VerificationMethod.LogprobSpot;
import dev.assay.protocol.verification.VerificationMethod.StrictReplay;
import dev.assay.protocol.verification.VerificationMethod.ToleranceVector;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where thresholds come from: a file that says what honest and cheating answers of one model differ
 * by, how that was measured, and which thresholds follow. The file's own digest is part of every
 * {@link Thresholds}.
 *
 * @param digest keccak-256 of the file
 * @param model digest of its manifest
 * @param method how two answers are compared: vectors by their distance, texts by what the model
 *     thinks of their tokens
 * @param lattice how digests of vectors are compared; null for texts
 * @param honestMax the largest statistic of two honest answers
 * @param honestPairs of so many
 * @param cheatMin the smallest statistic of a cheat's answer
 * @param cheatPairs of so many
 * @param command prints these figures
 */
public record Calibration(
    Digest digest,
    Digest model,
    ProfileClass profile,
    VerificationMethod method,
    @Nullable LatticeDigest lattice,
    double honestMax,
    long honestPairs,
    double cheatMin,
    long cheatPairs,
    String command) {
  /** Three events are the least that 95 % of the samples would show of an expectation of three. */
  private static final double RULE_OF_THREE = 3;

  /** The files that are shipped. */
  private static final List<Calibration> KNOWN =
      List.of(shipped("all-minilm-l6-v2.f32-cpu"), shipped("tiny-lm.llm"));

  /**
   * @throws IllegalArgumentException if the threshold does not part what was measured
   */
  public Calibration {
    double threshold = threshold(method);
    if (!(honestMax >= 0 && honestMax < threshold) || !(cheatMin > threshold)) {
      throw new IllegalArgumentException(
          "The threshold %s does not lie between honest answers, up to %s, and cheats, from %s."
              .formatted(threshold, honestMax, cheatMin));
    }
    if (honestPairs < 1 || cheatPairs < 1) {
      throw new IllegalArgumentException("A calibration has measured something.");
    }
  }

  /** Of the shipped files, the one for this model and class. */
  public static Optional<Calibration> of(Digest model, ProfileClass profile) {
    return KNOWN.stream()
        .filter(known -> known.model.equals(model) && known.profile == profile)
        .findFirst();
  }

  /**
   * An upper bound, at 95 % confidence, on the part of honest comparisons that would be flagged,
   * none of {@link #honestPairs} having been: if it were p, so many would all pass with probability
   * (1 − p)ⁿ ≤ e⁻ⁿᵖ, which is below 5 % for p above 3/n.
   */
  public double flagRateBound() {
    return RULE_OF_THREE / honestPairs;
  }

  public Thresholds thresholds(VerificationMethod method) {
    return new Thresholds(model, profile, method, digest);
  }

  /** Of a job whose result is held against the strict replay. */
  public Thresholds strict() {
    return thresholds(new StrictReplay(method));
  }

  private static double threshold(VerificationMethod method) {
    return switch (method) {
      case ToleranceVector(double maxDistance) -> maxDistance;
      case LogprobSpot(_, _, double maxMean) -> maxMean;
      default ->
          throw new IllegalArgumentException(
              "Two answers are compared as vectors or by their logprobs.");
    };
  }

  /**
   * Whether a job was to be held against the strict replay: its signed spec says so by its
   * thresholds alone, so that the lease of a worker does not.
   *
   * @param thresholds digest of the job's
   */
  public static boolean isStrict(Digest model, Digest thresholds) {
    return KNOWN.stream()
        .anyMatch(known -> known.model.equals(model) && known.strict().digest().equals(thresholds));
  }

  /**
   * Lines of {@code name = value}; empty lines and those that begin with {@code #} are skipped.
   *
   * @throws IllegalArgumentException if a name is missing, unknown or there twice, or a value is
   *     not what its name says
   */
  public static Calibration parse(byte[] file) {
    Map<String, String> values = values(new String(file, StandardCharsets.UTF_8));
    boolean isOfTexts = values.containsKey("logprob-spot.positions");
    String statistic = isOfTexts ? "mean" : "distance";
    var calibration =
        new Calibration(
            Digest.keccak256(file),
            Digest.parse(take(values, "model")),
            ProfileClass.parse(take(values, "profile")),
            isOfTexts
                ? new LogprobSpot(
                    Math.toIntExact(count(values, "logprob-spot.positions")),
                    number(values, "logprob-spot.clip"),
                    number(values, "logprob-spot.max-mean"))
                : new ToleranceVector(number(values, "tolerance-vector.max-distance")),
            isOfTexts
                ? null
                : new LatticeDigest(
                    Math.toIntExact(count(values, "lattice-digest.projections")),
                    number(values, "lattice-digest.step")),
            number(values, "honest.max-" + statistic),
            count(values, "honest.pairs"),
            number(values, "cheat.min-" + statistic),
            count(values, "cheat.pairs"),
            take(values, "command"));
    if (!values.isEmpty()) {
      throw new IllegalArgumentException("A calibration does not say " + values.keySet() + ".");
    }
    return calibration;
  }

  private static Map<String, String> values(String text) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String line : text.lines().map(String::strip).toList()) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      int equals = line.indexOf('=');
      String name = line.substring(0, Math.max(equals, 0)).strip();
      if (name.isEmpty() || values.put(name, line.substring(equals + 1).strip()) != null) {
        throw new IllegalArgumentException(
            "A line of a calibration is name = value, each name once; this is not: " + line);
      }
    }
    return values;
  }

  private static String take(Map<String, String> values, String name) {
    String value = values.remove(name);
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException("A calibration says " + name + ".");
    }
    return value;
  }

  private static double number(Map<String, String> values, String name) {
    double number = Double.parseDouble(take(values, name));
    if (!Double.isFinite(number)) {
      throw new IllegalArgumentException(name + " is a finite number.");
    }
    return number;
  }

  private static long count(Map<String, String> values, String name) {
    return Long.parseLong(take(values, name));
  }

  private static Calibration shipped(String name) {
    try (InputStream file = Calibration.class.getResourceAsStream(name + ".calibration")) {
      if (file == null) {
        throw new IllegalStateException("the calibration " + name + " is not in the jar");
      }
      return parse(file.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
