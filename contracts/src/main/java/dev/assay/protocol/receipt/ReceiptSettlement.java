package dev.assay.protocol.receipt;

import dev.assay.protocol.Digest;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.ReceiptLeaf;

/**
 * Where a payment lies in its batch.
 *
 * @param root that the Escrow logged when it settled the batch
 * @param leaf the job's line; its {@code requester} is the account whose ceiling the price counts
 *     against
 * @param proof leads from {@code leaf} to {@code root}
 */
public record ReceiptSettlement(Digest root, ReceiptLeaf leaf, MerkleProof proof) {}
