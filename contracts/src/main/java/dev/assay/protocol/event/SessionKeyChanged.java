package dev.assay.protocol.event;

import dev.assay.protocol.EventId;
import dev.assay.protocol.WalletAddress;
import java.time.Instant;
import java.util.Optional;

/**
 * A session key was bound or revoked, as of a place on the chain. It states the whole and not a
 * difference, so that a reader that keeps the one with the latest place is right however often and
 * in whatever order it hears of them.
 *
 * @param id the same in every delivery of this event
 * @param occurredAt UTC
 * @param worker whom the key signs for
 * @param deadAt from when on the key signs for nobody; null in JSON while it is not revoked
 * @param blockNumber of the log that changed the key
 * @param logIndex of that log in its block; orders the changes within one block
 * @param traceparent the W3C trace context of what caused it; empty if there was none
 */
public record SessionKeyChanged(
    EventId id,
    Instant occurredAt,
    WalletAddress key,
    WalletAddress worker,
    Optional<Instant> deadAt,
    long blockNumber,
    int logIndex,
    String traceparent) {
  /** Key: the session key's address. Body: this record as JSON. */
  public static final String TOPIC = "settlement.session-key-changed.v1";
}
