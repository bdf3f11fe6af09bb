package dev.assay.marketplace.purse;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.UUID;

/**
 * The chain has settled a job that was charged.
 *
 * @param price what the job was charged
 * @param earned credited to the worker; the rest of the price is the operator's fee
 * @param position where on the chain: a purse as of there, or later, has the price in what it spent
 */
public record Settlement(
    UUID job,
    WalletAddress requester,
    WalletAddress worker,
    TokenAmount price,
    TokenAmount earned,
    long position) {}
