package dev.assay.marketplace.purse;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.Optional;
import java.util.UUID;

/**
 * How a job's reservation ends.
 *
 * @param held for it; zero if it was free
 * @param charge what of it is a worker's; none if all goes back
 */
public record Ending(
    UUID job, WalletAddress requester, TokenAmount held, Optional<Charge> charge) {}
