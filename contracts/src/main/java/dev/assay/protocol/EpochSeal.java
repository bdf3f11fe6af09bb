package dev.assay.protocol;

/**
 * Fixes the set of results of an epoch, and their audit rates, before the beacon can be known.
 *
 * @param epoch 1, 2, 3, …
 * @param root of the {@link SealLeaf}s
 * @param prevRoot root of the epoch before; zero for the first
 * @param count of leaves, at least 1
 * @param totalPrice of all leaves
 * @param canaryRoot of the {@link CanaryLeaf}s, for jobs of later epochs
 * @param verifierSetRoot of the {@link VerifierEntry}s
 * @param verifierCount of those entries, {@code uint32}
 * @param beaconCommitment keccak256 of the preimage to come
 */
public record EpochSeal(
    long epoch,
    Digest root,
    Digest prevRoot,
    long count,
    TokenAmount totalPrice,
    Digest canaryRoot,
    Digest verifierSetRoot,
    long verifierCount,
    Digest beaconCommitment)
    implements Signable {
  public static final String TYPE =
      "EpochSeal(uint64 epoch,bytes32 root,bytes32 prevRoot,uint32 count,uint64 totalPrice,"
          + "bytes32 canaryRoot,bytes32 verifierSetRoot,uint32 verifierCount,"
          + "bytes32 beaconCommitment)";

  private static final Digest TYPE_HASH = Domain.hash(TYPE);

  /**
   * @throws IllegalArgumentException for a number out of its range
   */
  public EpochSeal {
    Check.range("epoch", epoch, 1, Check.MAX_SAFE);
    Check.range("count", count, 1, Check.MAX_UINT32);
    Check.uint32("verifierCount", verifierCount);
  }

  @Override
  public Digest structHash() {
    return new Words(10)
        .digest(TYPE_HASH)
        .number(epoch)
        .digest(root)
        .digest(prevRoot)
        .number(count)
        .amount(totalPrice)
        .digest(canaryRoot)
        .digest(verifierSetRoot)
        .number(verifierCount)
        .digest(beaconCommitment)
        .keccak256();
  }
}
