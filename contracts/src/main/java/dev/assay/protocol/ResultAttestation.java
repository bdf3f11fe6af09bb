package dev.assay.protocol;

/**
 * A worker's signed, stake-backed claim about a result; its commitment, given before it can know of
 * a check.
 *
 * @param jobId {@link JobId#of} of its requester
 * @param attempt fencing token of the lease, {@code uint32}; a job leased again is a new attempt
 * @param assignment digest of the operator's {@link Assignment}
 * @param worker the staked identity, not the session key that signs
 * @param profileDigest class of runtime, precision and batch policy
 * @param outputCommitment {@link OutputOpening#commitment}
 * @param evidenceRoot Merkle root of what a verifier may ask to see
 * @param toleranceDigest of the lattice method, else zero
 * @param method of verification, {@code uint16}
 * @param inputUnits billed, 0 to 2⁵³ − 1
 * @param outputUnits billed, 0 to 2⁵³ − 1
 * @param epoch in whose seal this attestation belongs
 * @param issuedAt seconds since 1970 by the worker's clock; no rule depends on it
 */
public record ResultAttestation(
    Digest jobId,
    long attempt,
    Digest assignment,
    WalletAddress worker,
    Digest modelDigest,
    Digest profileDigest,
    Digest inputDigest,
    Digest outputCommitment,
    Digest evidenceRoot,
    Digest toleranceDigest,
    int method,
    long inputUnits,
    long outputUnits,
    long epoch,
    long issuedAt)
    implements Signable {
  public static final String TYPE =
      "ResultAttestation(bytes32 jobId,uint32 attempt,bytes32 assignment,address worker,"
          + "bytes32 modelDigest,bytes32 profileDigest,bytes32 inputDigest,"
          + "bytes32 outputCommitment,bytes32 evidenceRoot,bytes32 toleranceDigest,"
          + "uint16 method,uint64 inputUnits,uint64 outputUnits,uint64 epoch,uint64 issuedAt)";

  private static final Digest TYPE_HASH = Domain.hash(TYPE);

  /**
   * @throws IllegalArgumentException for a number out of its range or the zero address
   */
  public ResultAttestation {
    Check.uint32("attempt", attempt);
    Check.someone("worker", worker);
    Check.uint16("method", method);
    Check.uint53("inputUnits", inputUnits);
    Check.uint53("outputUnits", outputUnits);
    Check.uint53("epoch", epoch);
    Check.uint53("issuedAt", issuedAt);
  }

  @Override
  public Digest structHash() {
    return new Words(16)
        .digest(TYPE_HASH)
        .digest(jobId)
        .number(attempt)
        .digest(assignment)
        .address(worker)
        .digest(modelDigest)
        .digest(profileDigest)
        .digest(inputDigest)
        .digest(outputCommitment)
        .digest(evidenceRoot)
        .digest(toleranceDigest)
        .number(method)
        .number(inputUnits)
        .number(outputUnits)
        .number(epoch)
        .number(issuedAt)
        .keccak256();
  }

  /**
   * What the worker claims, without job, attempt, worker, epoch and time. Two attestations of one
   * attempt with different claims contradict each other; the same claim signed twice does not.
   */
  public Digest claim() {
    return new Words(10)
        .digest(assignment)
        .digest(modelDigest)
        .digest(profileDigest)
        .digest(inputDigest)
        .digest(outputCommitment)
        .digest(evidenceRoot)
        .digest(toleranceDigest)
        .number(method)
        .number(inputUnits)
        .number(outputUnits)
        .keccak256();
  }
}
