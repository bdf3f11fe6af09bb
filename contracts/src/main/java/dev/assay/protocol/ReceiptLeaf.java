package dev.assay.protocol;

/**
 * One job's line in a settled batch: what was asked, by whom it was done, in which seal it stood
 * and what was paid. The batch's root goes on chain, so that a receipt can be checked offline.
 *
 * @param jobId {@link JobId#of} of its requester
 * @param attempt whose result counted; of a refunded job the last one, {@code uint32}
 * @param spec digest of the {@link JobSpec}
 * @param attestation digest of the {@link ResultAttestation}; zero if no result counted
 * @param epoch in whose seal the attestation stands; zero if in none
 * @param charged taken from the requester; zero is a refund
 * @param earned credited to the worker; the operator's fee is what is charged and not earned
 */
public record ReceiptLeaf(
    Digest jobId,
    long attempt,
    Digest spec,
    Digest attestation,
    long epoch,
    WalletAddress requester,
    WalletAddress worker,
    TokenAmount charged,
    TokenAmount earned) {
  /**
   * @throws IllegalArgumentException for a number out of its range, no requester, or more earned
   *     than charged
   */
  public ReceiptLeaf {
    Check.uint32("attempt", attempt);
    Check.uint53("epoch", epoch);
    Check.someone("requester", requester);
    if (earned.compareTo(charged) > 0) {
      throw new IllegalArgumentException(
          "earned is at most what is charged, %s, not %s.".formatted(charged, earned));
    }
  }

  public Digest hash() {
    return new Words(9)
        .digest(jobId)
        .number(attempt)
        .digest(spec)
        .digest(attestation)
        .number(epoch)
        .address(requester)
        .address(worker)
        .amount(charged)
        .amount(earned)
        .leaf();
  }
}
