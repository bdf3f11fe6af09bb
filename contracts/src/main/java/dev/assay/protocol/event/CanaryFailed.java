package dev.assay.protocol.event;

import dev.assay.protocol.CanaryEvidence;
import dev.assay.protocol.EventId;
import java.time.Instant;

/**
 * A worker gave none of the right answers, which were committed to before. Settlement opens the
 * case.
 *
 * @param id the same in every delivery of this event
 * @param occurredAt UTC
 * @param traceparent the W3C trace context of what caused it; empty if there was none
 */
public record CanaryFailed(
    EventId id, Instant occurredAt, CanaryEvidence evidence, String traceparent) {
  /** Key: the worker's address. Body: this record as JSON. */
  public static final String TOPIC = "marketplace.canary-failed.v1";
}
