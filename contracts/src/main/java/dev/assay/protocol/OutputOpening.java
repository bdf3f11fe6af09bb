package dev.assay.protocol;

/**
 * Opens the commitment of a {@link ResultAttestation}. Salted, so that a short answer cannot be
 * guessed from it; names job and worker, so that another worker cannot copy it.
 *
 * @param attempt {@code uint32}
 * @param salt 32 bytes of chance, kept by the worker until it is asked
 * @param outputDigest of the canonical output
 */
public record OutputOpening(
    Digest jobId, long attempt, WalletAddress worker, Digest salt, Digest outputDigest) {
  public static final String TYPE =
      "Output(bytes32 jobId,uint32 attempt,address worker,bytes32 salt,bytes32 outputDigest)";

  private static final Digest TYPE_HASH = Domain.hash(TYPE);

  /**
   * @throws IllegalArgumentException for an attempt out of its range or the zero address
   */
  public OutputOpening {
    Check.uint32("attempt", attempt);
    Check.someone("worker", worker);
  }

  public Digest commitment() {
    return new Words(6)
        .digest(TYPE_HASH)
        .digest(jobId)
        .number(attempt)
        .address(worker)
        .digest(salt)
        .digest(outputDigest)
        .keccak256();
  }
}
