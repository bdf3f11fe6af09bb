package dev.assay.marketplace.job;

import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;

/**
 * A job that the chain has settled.
 *
 * @param signedId of the job
 * @param earned credited to the worker; the rest of the price is the operator's fee
 * @param position where on the chain
 */
public record SettledJob(
    Digest signedId,
    WalletAddress requester,
    WalletAddress worker,
    TokenAmount price,
    TokenAmount earned,
    long position) {}
