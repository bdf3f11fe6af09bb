package dev.assay.protocol.chain;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.WalletAddress;

/**
 * A call of a contract, to be simulated or sent.
 *
 * @param data the function's selector and its arguments
 */
public record Call(WalletAddress to, Bytes data) {}
