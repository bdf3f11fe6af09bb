package dev.assay.protocol.receipt;

import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;

/**
 * How an epoch's draw went for a result.
 *
 * @param blockHash of the seal's draw block
 * @param beacon of preimage, block hash and the sealed root
 * @param selected whether the beacon selects the leaf
 */
public record ReceiptDraw(Digest preimage, Digest blockHash, Beacon beacon, boolean selected) {}
