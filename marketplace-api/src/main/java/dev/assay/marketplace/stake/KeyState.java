package dev.assay.marketplace.stake;

import dev.assay.protocol.WalletAddress;
import java.time.Instant;
import java.util.Optional;

/**
 * A session key as the chain has it.
 *
 * @param worker whom it signs for, for ever
 * @param deadAt from when on it signs for nobody; none while it is not revoked
 * @param position where on the chain; a later one replaces an earlier one
 */
public record KeyState(
    WalletAddress key, WalletAddress worker, Optional<Instant> deadAt, long position) {}
