package dev.assay.protocol;

/**
 * One verifier's vote in a {@link VerdictEvidence}.
 *
 * @param entry the verifier's seat
 * @param proof that the seat is in the sealed verifier set
 * @param issuedAt seconds since 1970
 * @param signature of the verifier's session key, over the {@link Verdict} with its address and
 *     this time
 */
public record Vote(VerifierEntry entry, MerkleProof proof, long issuedAt, Signature signature) {
  public Vote {
    Check.uint53("issuedAt", issuedAt);
  }
}
