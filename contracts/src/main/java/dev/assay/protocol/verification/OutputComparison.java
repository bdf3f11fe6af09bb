package dev.assay.protocol.verification;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.verification.Assessment.Inconclusive;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How two outputs of one model are held against each other, by the thresholds of the class of
 * profiles that made the claim. Market, verifiers and strangers ask this one.
 *
 * @param model digest of its manifest
 * @param profile of whoever made the claim
 */
public record OutputComparison(Digest model, ProfileClass profile) {
  private static final VerificationMethod EXACT = new VerificationMethod.ExactDigest();

  /** By which method; none where nothing was calibrated. */
  public Optional<VerificationMethod> method() {
    return Calibration.of(model, profile).map(Calibration::tolerance);
  }

  /**
   * Without a calibration only equal bytes say anything: that both came to the same.
   *
   * @param subject digest of the job's spec
   * @param claim null if it is not there
   * @param reference null if it is not there
   */
  public Assessment assess(
      Digest subject, @Nullable JobOutput claim, @Nullable JobOutput reference) {
    return assess(subject, claim, List.of(), reference);
  }

  /**
   * @param items of the claim that the reference was made of, in its order; empty for all
   */
  public Assessment assess(
      Digest subject,
      @Nullable JobOutput claim,
      List<Integer> items,
      @Nullable JobOutput reference) {
    if (claim == null || reference == null) {
      return new Inconclusive("An output is no longer kept.");
    }
    return method()
        .map(method -> method.assess(subject, some(claim, items), evidence(reference)))
        .orElseGet(() -> uncalibrated(subject, claim, reference));
  }

  private static Assessment uncalibrated(Digest subject, JobOutput claim, JobOutput reference) {
    Assessment exact =
        EXACT.assess(
            subject, new Evidence.Output(claim.digest()), new Evidence.Output(reference.digest()));
    return exact instanceof Assessment.Pass
        ? exact
        : new Inconclusive("The outputs differ, and no thresholds are known for this model.");
  }

  /** What a method compares of an output. */
  public static Evidence evidence(JobOutput output) {
    return output instanceof EmbeddingsOutput vectors
        ? Evidence.of(vectors)
        : new Evidence.Output(output.digest());
  }

  private static Evidence some(JobOutput output, List<Integer> items) {
    Evidence all = evidence(output);
    if (items.isEmpty() || !(all instanceof Evidence.Vectors vectors)) {
      return all;
    }
    return items.stream().allMatch(item -> item >= 0 && item < vectors.count())
        ? vectors.only(items)
        : new Evidence.Malformed("It has not the items that were looked at.");
  }
}
