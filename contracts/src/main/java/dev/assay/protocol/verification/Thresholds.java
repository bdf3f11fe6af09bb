package dev.assay.protocol.verification;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.CanonicalBytes;
import dev.assay.protocol.content.ProfileClass;

/**
 * A method with the thresholds that hold for one model in one class of profiles.
 *
 * @param model digest of its manifest
 * @param calibration digest of the {@link Calibration} that they come from
 */
public record Thresholds(
    Digest model, ProfileClass profile, VerificationMethod method, Digest calibration) {
  private static final String TAG = "assay/thresholds/1";

  /** {@code thresholdsDigest} of a job's spec. */
  public Digest digest() {
    return method
        .describe(
            new CanonicalBytes(TAG).digest(model).digest(profile.digest()).digest(calibration))
        .keccak256();
  }
}
