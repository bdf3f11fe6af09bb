package dev.assay.marketplace.model;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ModelManifest;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.VerificationCode;
import dev.assay.protocol.verification.Calibration;
import dev.assay.protocol.verification.OutputComparison;
import java.util.Optional;
import java.util.Set;

/**
 * A market: everything that is asked of one model, by whomever.
 *
 * @param digest of the manifest
 * @param profiles classes of runtime that may serve it
 * @param method how its results are checked
 */
public record Model(
    Digest digest, ModelManifest manifest, Set<ProfileClass> profiles, VerificationCode method) {
  public Model {
    profiles = Set.copyOf(profiles);
  }

  public String name() {
    return manifest.name();
  }

  /** Whether every answer of it tells what the model thinks of each token, whoever serves it. */
  public boolean isScored() {
    return profiles.stream().allMatch(profile -> new OutputComparison(digest, profile).isScored());
  }

  /**
   * Where its thresholds come from: that of the first of its classes of runtime which has one. None
   * if nothing was calibrated; then its results are never held against anybody.
   */
  public Optional<Calibration> calibration() {
    return profiles.stream()
        .sorted()
        .flatMap(profile -> Calibration.of(digest, profile).stream())
        .findFirst();
  }
}
