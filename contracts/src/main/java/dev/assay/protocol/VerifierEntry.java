package dev.assay.protocol;

/**
 * A seat-holder of the verifier snapshot; one entry for each unit of verifier bond.
 *
 * @param index 0 to verifierCount − 1
 * @param rank among the entries of this profile, 0 to ofProfile − 1
 * @param ofProfile how many entries have this profile
 */
public record VerifierEntry(
    long index, WalletAddress verifier, Digest profileDigest, long rank, long ofProfile) {
  /**
   * @throws IllegalArgumentException for a number out of its range or the zero address
   */
  public VerifierEntry {
    Check.uint32("index", index);
    Check.someone("verifier", verifier);
    Check.uint32("rank", rank);
    Check.uint32("ofProfile", ofProfile);
    if (rank >= ofProfile) {
      throw new IllegalArgumentException(
          "rank is below ofProfile, %d, not %d.".formatted(ofProfile, rank));
    }
  }

  public Digest hash() {
    return new Words(5)
        .number(index)
        .address(verifier)
        .digest(profileDigest)
        .number(rank)
        .number(ofProfile)
        .leaf();
  }
}
