package dev.assay.protocol;

/**
 * The operator tells a worker that a result of it is audited and its pay held back. If the leaf was
 * not drawn, the notice is evidence against the operator.
 *
 * @param leaf {@link SealLeaf#hash}
 * @param issuedAt seconds since 1970
 */
public record AuditNotice(long epoch, Digest leaf, long issuedAt) implements Signable {
  public static final String TYPE = "AuditNotice(uint64 epoch,bytes32 leaf,uint64 issuedAt)";

  private static final Digest TYPE_HASH = Domain.hash(TYPE);

  /**
   * @throws IllegalArgumentException for a number out of its range
   */
  public AuditNotice {
    Check.uint53("epoch", epoch);
    Check.uint53("issuedAt", issuedAt);
  }

  @Override
  public Digest structHash() {
    return new Words(4).digest(TYPE_HASH).number(epoch).digest(leaf).number(issuedAt).keccak256();
  }
}
