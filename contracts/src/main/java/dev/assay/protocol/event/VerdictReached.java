package dev.assay.protocol.event;

import dev.assay.protocol.EventId;
import dev.assay.protocol.VerdictEvidence;
import java.time.Instant;

/**
 * The committee that the beacon drew found a result invalid. Settlement opens the case.
 *
 * @param id the same in every delivery of this event
 * @param occurredAt UTC
 * @param traceparent the W3C trace context of what caused it; empty if there was none
 */
public record VerdictReached(
    EventId id, Instant occurredAt, VerdictEvidence evidence, String traceparent) {
  /** Key: the worker's address. Body: this record as JSON. */
  public static final String TOPIC = "marketplace.verdict-reached.v1";
}
