package dev.assay.protocol;

import java.util.List;

/**
 * A known answer, committed to before the job that asks for it.
 *
 * @param profileDigest for which the answer is known
 * @param acceptedHash {@link #acceptedHash(List)} of every right answer's digest
 * @param salt so that nobody guesses the leaf
 */
public record CanaryLeaf(
    Digest canaryId,
    Digest inputDigest,
    Digest modelDigest,
    Digest profileDigest,
    Digest acceptedHash,
    Digest salt) {
  /** keccak256 of the right answers' digests, joined in the order in which they are shown. */
  public static Digest acceptedHash(List<Digest> accepted) {
    return new Words(accepted.size()).digests(accepted).keccak256();
  }

  public Digest hash() {
    return new Words(6)
        .digest(canaryId)
        .digest(inputDigest)
        .digest(modelDigest)
        .digest(profileDigest)
        .digest(acceptedHash)
        .digest(salt)
        .leaf();
  }
}
