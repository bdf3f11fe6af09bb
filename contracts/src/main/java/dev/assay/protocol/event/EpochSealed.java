package dev.assay.protocol.event;

import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.EventId;
import java.time.Instant;

/**
 * An epoch's seal is on the chain, and final.
 *
 * @param id the same in every delivery of this event
 * @param occurredAt UTC
 * @param drawBlock number of the block whose hash the beacon takes
 * @param transaction hash of the transaction that posted the seal
 * @param blockNumber of that transaction
 * @param traceparent the W3C trace context of what caused it; empty if there was none
 */
public record EpochSealed(
    EventId id,
    Instant occurredAt,
    EpochSeal epochSeal,
    long drawBlock,
    Digest transaction,
    long blockNumber,
    String traceparent) {
  /** Key: the epoch's number. Body: this record as JSON. */
  public static final String TOPIC = "settlement.epoch-sealed.v1";
}
