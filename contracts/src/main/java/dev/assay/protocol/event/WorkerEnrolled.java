package dev.assay.protocol.event;

import dev.assay.protocol.EventId;
import dev.assay.protocol.WalletAddress;
import java.time.Instant;

/**
 * A worker asked this market for work for the first time. Settlement watches its stake from here
 * on.
 *
 * @param id the same in every delivery of this event
 * @param occurredAt UTC
 * @param worker the address that attests and is paid
 * @param traceparent the W3C trace context of the request that caused it, so that one trace spans
 *     all processes even when the event is sent again later; empty if there was none
 */
public record WorkerEnrolled(
    EventId id, Instant occurredAt, WalletAddress worker, String traceparent) {
  /** Key: the worker's address. Body: this record as JSON. */
  public static final String TOPIC = "marketplace.worker-enrolled.v1";
}
