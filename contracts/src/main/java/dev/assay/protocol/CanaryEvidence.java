package dev.assay.protocol;

import java.util.List;

/**
 * What the Court needs to judge that a result is none of the known right answers.
 *
 * @param canarySeal of an earlier epoch than the subject's
 * @param accepted digests of every right answer, at most {@value #MAX_ACCEPTED}
 * @param outputSalt opens the attestation's commitment
 */
public record CanaryEvidence(
    SealedLeaf subject,
    SignedAttestation result,
    EpochSeal canarySeal,
    CanaryLeaf canary,
    MerkleProof canaryProof,
    List<Digest> accepted,
    Digest outputSalt,
    Digest outputDigest) {
  /** Bounds what a transaction carries. */
  public static final int MAX_ACCEPTED = 1_024;

  /**
   * @throws IllegalArgumentException for too many right answers
   */
  public CanaryEvidence {
    Check.range("The number of right answers", accepted.size(), 0, MAX_ACCEPTED);
    accepted = List.copyOf(accepted);
  }
}
