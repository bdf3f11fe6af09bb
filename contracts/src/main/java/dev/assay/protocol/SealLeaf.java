package dev.assay.protocol;

/**
 * One result in an epoch's seal.
 *
 * @param attestation digest of the {@link ResultAttestation}
 * @param auditRateBps probability of the draw; at most {@link BasisPoints#WHOLE}
 */
public record SealLeaf(
    Digest attestation,
    WalletAddress worker,
    WalletAddress requester,
    TokenAmount price,
    BasisPoints auditRateBps) {
  /**
   * @throws IllegalArgumentException for a rate above the whole or the zero address
   */
  public SealLeaf {
    Check.someone("worker", worker);
    Check.someone("requester", requester);
    Check.range("auditRateBps", auditRateBps.value(), 0, BasisPoints.WHOLE.value());
  }

  /** The leaf's hash in the tree, and in the draw. */
  public Digest hash() {
    return new Words(5)
        .digest(attestation)
        .address(worker)
        .address(requester)
        .amount(price)
        .number(auditRateBps.value())
        .leaf();
  }
}
