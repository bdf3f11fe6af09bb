package dev.assay.protocol.event;

import dev.assay.protocol.EventId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.time.Instant;

/**
 * A worker's bond, as of a place on the chain. It states all figures and not a difference, so that
 * a reader that keeps the one with the latest place is right however often and in whatever order it
 * hears of them.
 *
 * @param id the same in every delivery of this event
 * @param occurredAt UTC
 * @param thawing announced to leave, still slashable
 * @param frozen for open cases
 * @param blockNumber of the log that changed the bond
 * @param logIndex of that log in its block; orders the changes within one block
 * @param traceparent the W3C trace context of what caused it; empty if there was none
 */
public record StakeChanged(
    EventId id,
    Instant occurredAt,
    WalletAddress worker,
    TokenAmount bonded,
    TokenAmount thawing,
    TokenAmount frozen,
    long blockNumber,
    int logIndex,
    String traceparent) {
  /** Key: the worker's address. Body: this record as JSON. */
  public static final String TOPIC = "settlement.stake-changed.v1";
}
