package dev.assay.protocol.event;

import dev.assay.protocol.EventId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.time.Instant;

/**
 * What the escrow holds for a requester, as of a place on the chain. It states all figures and not
 * a difference, so that a reader that keeps the one with the latest place is right however often
 * and in whatever order it hears of them.
 *
 * @param id the same in every delivery of this event
 * @param occurredAt UTC
 * @param owner whose money it is
 * @param leaving part of the balance that is not to be spent: announced to be withdrawn, or kept
 *     for what an owner before has asked for
 * @param blockNumber of the log that changed the purse
 * @param logIndex of that log in its block; orders the changes within one block
 * @param traceparent the W3C trace context of what caused it; empty if there was none
 */
public record PurseChanged(
    EventId id,
    Instant occurredAt,
    WalletAddress owner,
    TokenAmount balance,
    TokenAmount authorized,
    TokenAmount spent,
    TokenAmount leaving,
    long blockNumber,
    int logIndex,
    String traceparent) {
  /** Key: the owner's address. Body: this record as JSON. */
  public static final String TOPIC = "settlement.purse-changed.v1";
}
