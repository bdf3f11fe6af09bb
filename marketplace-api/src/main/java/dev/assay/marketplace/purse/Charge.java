package dev.assay.marketplace.purse;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.UUID;

/**
 * A job's reservation becomes a worker's pending earning; what is over goes back to the requester.
 *
 * @param price at most what is reserved for the job
 */
public record Charge(UUID job, WalletAddress worker, TokenAmount price) {}
