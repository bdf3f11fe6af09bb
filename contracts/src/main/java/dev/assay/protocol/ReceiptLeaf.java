package dev.assay.protocol;

/**
 * One job's line in a settled batch. The batch's root goes on chain, so that the payment of a job
 * can be checked offline.
 *
 * @param jobId {@link JobId#of} of its requester
 * @param attempt whose result counted, {@code uint32}
 * @param requester who paid
 * @param worker who was paid
 * @param price taken from the requester
 * @param earned given to the worker; the rest of the price is the operator's fee
 * @param attestation digest of the {@link ResultAttestation} that was paid for
 */
public record ReceiptLeaf(
    Digest jobId,
    long attempt,
    AccountId requester,
    AccountId worker,
    TokenAmount price,
    TokenAmount earned,
    Digest attestation) {
  /**
   * @throws IllegalArgumentException for an attempt out of its range, or more earned than the price
   */
  public ReceiptLeaf {
    Check.uint32("attempt", attempt);
    if (earned.compareTo(price) > 0) {
      throw new IllegalArgumentException(
          "earned is at most the price, %s, not %s.".formatted(price, earned));
    }
  }

  public Digest hash() {
    return new Words(7)
        .digest(jobId)
        .number(attempt)
        .number(requester.number())
        .number(worker.number())
        .amount(price)
        .amount(earned)
        .digest(attestation)
        .leaf();
  }
}
