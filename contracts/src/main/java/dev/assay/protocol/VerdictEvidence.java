package dev.assay.protocol;

import java.util.List;

/**
 * What the Court needs to judge by a committee's verdict that a result is invalid.
 *
 * @param round which committee of the draw, {@code uint8}
 * @param referenceDigest on which the verifiers agree
 * @param votes ascending by verifier, at most {@value #MAX_VOTES}
 */
public record VerdictEvidence(
    SealedLeaf subject,
    SignedAttestation result,
    int round,
    Digest referenceDigest,
    Digest evidenceRoot,
    List<Vote> votes) {
  /** Seats of a committee. */
  public static final int MAX_VOTES = Beacon.GENERAL_SEATS + Beacon.PROFILE_SEATS;

  /**
   * @throws IllegalArgumentException for a round out of its range or too many votes
   */
  public VerdictEvidence {
    Check.range("round", round, 0, Check.MAX_UINT8);
    Check.range("The number of votes", votes.size(), 0, MAX_VOTES);
    votes = List.copyOf(votes);
  }

  /** The same without what one has voted. */
  public VerdictEvidence without(WalletAddress verifier) {
    return new VerdictEvidence(
        subject,
        result,
        round,
        referenceDigest,
        evidenceRoot,
        votes.stream().filter(vote -> !vote.entry().verifier().equals(verifier)).toList());
  }
}
