package dev.assay.protocol;

/**
 * One verifier's finding about one attestation.
 *
 * @param attestation digest of the {@link ResultAttestation}
 * @param round which committee of the draw, {@code uint8}
 * @param method of verification, {@code uint16}
 * @param referenceDigest of what the verifier computed
 * @param evidenceRoot Merkle root of what it can show for that
 * @param verifier the staked identity, not the session key that signs
 * @param issuedAt seconds since 1970
 */
public record Verdict(
    Digest attestation,
    long epoch,
    int round,
    Outcome outcome,
    int method,
    Digest referenceDigest,
    Digest evidenceRoot,
    WalletAddress verifier,
    long issuedAt)
    implements Signable {
  public static final String TYPE =
      "Verdict(bytes32 attestation,uint64 epoch,uint8 round,uint8 outcome,uint16 method,"
          + "bytes32 referenceDigest,bytes32 evidenceRoot,address verifier,uint64 issuedAt)";

  private static final Digest TYPE_HASH = Domain.hash(TYPE);

  /**
   * @throws IllegalArgumentException for a number out of its range or the zero address
   */
  public Verdict {
    Check.uint53("epoch", epoch);
    Check.range("round", round, 0, Check.MAX_UINT8);
    Check.uint16("method", method);
    Check.someone("verifier", verifier);
    Check.uint53("issuedAt", issuedAt);
  }

  @Override
  public Digest structHash() {
    return new Words(10)
        .digest(TYPE_HASH)
        .digest(attestation)
        .number(epoch)
        .number(round)
        .number(outcome.number())
        .number(method)
        .digest(referenceDigest)
        .digest(evidenceRoot)
        .address(verifier)
        .number(issuedAt)
        .keccak256();
  }
}
