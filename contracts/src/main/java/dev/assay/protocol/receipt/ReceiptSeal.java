package dev.assay.protocol.receipt;

import dev.assay.protocol.Digest;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.SealLeaf;

/**
 * Where a result lies in the epoch that its attestation names.
 *
 * @param proof leads from {@code leaf} to {@code root}
 */
public record ReceiptSeal(Digest root, SealLeaf leaf, MerkleProof proof) {}
