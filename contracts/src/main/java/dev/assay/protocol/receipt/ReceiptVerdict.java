package dev.assay.protocol.receipt;

import dev.assay.protocol.Digest;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.Signature;
import dev.assay.protocol.VerdictEvidence;
import dev.assay.protocol.VerifierEntry;
import dev.assay.protocol.Vote;
import dev.assay.protocol.WalletAddress;
import java.util.List;

/**
 * A committee's finding that a result is invalid, as the Court takes it for evidence.
 *
 * @param round which committee of the draw
 * @param referenceDigest on which the verifiers agree
 * @param evidenceRoot of what the reference can show
 * @param verifierSetRoot sealed with the epoch
 * @param verifierCount of that set; sealed with the epoch
 * @param votes ascending by verifier
 */
public record ReceiptVerdict(
    int round,
    Digest referenceDigest,
    Digest evidenceRoot,
    Digest verifierSetRoot,
    long verifierCount,
    List<SignedVote> votes) {
  private static final int MAX_UINT8 = 0xff;
  private static final long MAX_UINT32 = 0xffff_ffffL;

  /**
   * @throws IllegalArgumentException for a number out of its range, or more votes than a committee
   *     has seats
   */
  public ReceiptVerdict {
    if (round < 0 || round > MAX_UINT8 || verifierCount < 0 || verifierCount > MAX_UINT32) {
      throw new IllegalArgumentException(
          "There is no round %d among %d verifiers.".formatted(round, verifierCount));
    }
    if (votes.size() > VerdictEvidence.MAX_VOTES) {
      throw new IllegalArgumentException(
          "A committee has %d seats, not %d.".formatted(VerdictEvidence.MAX_VOTES, votes.size()));
    }
    votes = List.copyOf(votes);
  }

  /**
   * One verifier's vote.
   *
   * @param proof that its seat, {@code entry}, is in the sealed set
   * @param issuedAt seconds since 1970
   * @param sessionKey that signed the verdict
   */
  public record SignedVote(
      VerifierEntry entry,
      MerkleProof proof,
      long issuedAt,
      Signature signature,
      WalletAddress sessionKey) {
    /**
     * @throws IllegalArgumentException for a time out of its range
     */
    public SignedVote {
      var _ = new Vote(entry, proof, issuedAt, signature);
    }
  }
}
