package dev.assay.quickstart.stack;

import java.net.URI;

/**
 * Where an EVM node is.
 *
 * @param rpcUrl its JSON-RPC over HTTP
 * @param chainId as in EIP-155
 */
public record EvmNodeAddress(URI rpcUrl, long chainId) {}
