package dev.assay.protocol.event;

import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EventId;
import java.time.Instant;

/**
 * An epoch's beacon is on the chain, and final: whoever has the epoch's leaves knows what is
 * audited.
 *
 * @param id the same in every delivery of this event
 * @param occurredAt UTC
 * @param preimage opens the seal's commitment
 * @param blockHash of the seal's draw block
 * @param transaction hash of the transaction that drew
 * @param blockNumber of that transaction
 * @param traceparent the W3C trace context of what caused it; empty if there was none
 */
public record EpochDrawn(
    EventId id,
    Instant occurredAt,
    long epoch,
    Beacon beacon,
    Digest preimage,
    Digest blockHash,
    Digest transaction,
    long blockNumber,
    String traceparent) {
  /** Key: the epoch's number. Body: this record as JSON. */
  public static final String TOPIC = "settlement.epoch-drawn.v1";
}
