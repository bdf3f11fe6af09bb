package dev.assay.protocol;

/**
 * The operator's promise to a worker, before the work.
 *
 * @param jobId {@link JobId#of} of its requester
 * @param attempt fencing token of the lease, {@code uint32}
 * @param spec digest of the {@link JobSpec}
 * @param method of verification, {@code uint16}
 * @param bond at risk for this job
 * @param assignedAt seconds since 1970
 * @param deadline seconds since 1970
 */
public record Assignment(
    Digest jobId,
    long attempt,
    Digest spec,
    WalletAddress worker,
    int method,
    TokenAmount price,
    TokenAmount bond,
    long assignedAt,
    long deadline)
    implements Signable {
  public static final String TYPE =
      "Assignment(bytes32 jobId,uint32 attempt,bytes32 spec,address worker,uint16 method,"
          + "uint64 price,uint64 bond,uint64 assignedAt,uint64 deadline)";

  private static final Digest TYPE_HASH = Domain.hash(TYPE);

  /**
   * @throws IllegalArgumentException for a number out of its range or the zero address
   */
  public Assignment {
    Check.uint32("attempt", attempt);
    Check.someone("worker", worker);
    Check.uint16("method", method);
    Check.uint53("assignedAt", assignedAt);
    Check.uint53("deadline", deadline);
  }

  @Override
  public Digest structHash() {
    return new Words(10)
        .digest(TYPE_HASH)
        .digest(jobId)
        .number(attempt)
        .digest(spec)
        .address(worker)
        .number(method)
        .amount(price)
        .amount(bond)
        .number(assignedAt)
        .number(deadline)
        .keccak256();
  }
}
