package dev.assay.settlement.chain;

import dev.assay.protocol.Digest;
import dev.assay.protocol.chain.Log;

/**
 * What a contract logged, and where on the chain.
 *
 * @param blockHash {@code 0x} and 64 hexadecimal digits
 * @param index in the block
 */
public record PlacedLog(Log log, long block, String blockHash, int index, Digest transaction) {}
