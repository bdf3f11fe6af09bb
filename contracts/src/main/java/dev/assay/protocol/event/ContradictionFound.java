package dev.assay.protocol.event;

import dev.assay.protocol.EventId;
import dev.assay.protocol.SignedAttestation;
import java.time.Instant;

/**
 * A worker signed two different claims about one attempt at a job. Settlement opens the case.
 *
 * @param id the same in every delivery of this event
 * @param occurredAt UTC
 * @param traceparent the W3C trace context of what caused it; empty if there was none
 */
public record ContradictionFound(
    EventId id,
    Instant occurredAt,
    SignedAttestation first,
    SignedAttestation second,
    String traceparent) {
  /** Key: the worker's address. Body: this record as JSON. */
  public static final String TOPIC = "marketplace.contradiction-found.v1";
}
