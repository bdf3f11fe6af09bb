package dev.assay.protocol.chain;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;

/**
 * A transaction as the network takes it. Sent again, it is still the same one.
 *
 * @param hash by which the network knows it, known before it is sent
 */
public record SignedTransaction(Bytes raw, Digest hash) {}
