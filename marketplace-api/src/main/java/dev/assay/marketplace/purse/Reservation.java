package dev.assay.marketplace.purse;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.UUID;

/**
 * Money to be held for a job.
 *
 * @param amount the most that the job may cost
 */
public record Reservation(UUID job, WalletAddress requester, TokenAmount amount) {}
