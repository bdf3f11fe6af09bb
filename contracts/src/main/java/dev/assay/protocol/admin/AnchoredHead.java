package dev.assay.protocol.admin;

import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.OperatorLogLeaf;

/**
 * How the log ended when an epoch was sealed, and the way from there into what stands on chain.
 *
 * @param seal its {@code beaconCommitment} is zero as long as the market does not know the seal to
 *     be on chain for good
 * @param proof leads from {@link OperatorLogLeaf} to the seal's {@code canaryRoot}
 */
public record AnchoredHead(EpochSeal seal, LogHead head, MerkleProof proof) {
  /** Whether it is what the seal says. */
  boolean isSealed() {
    return proof.proves(new OperatorLogLeaf(head.number(), head.hash()).hash(), seal.canaryRoot());
  }

  boolean isToldOfChain() {
    return !seal.beaconCommitment().equals(Digest.ZERO);
  }
}
