package dev.assay.protocol.event;

import dev.assay.protocol.Digest;
import dev.assay.protocol.EventId;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.SignedAttestation;
import java.time.Instant;

/**
 * A contradiction's requester can be named: the result that was paid for is sealed. Settlement has
 * it compensated while the case is held.
 *
 * @param id the same in every delivery of this event
 * @param occurredAt UTC
 * @param caseId of the contradiction
 * @param traceparent the W3C trace context of what caused it; empty if there was none
 */
public record HarmFound(
    EventId id,
    Instant occurredAt,
    Digest caseId,
    SignedAttestation result,
    SealedLeaf subject,
    String traceparent) {
  /** Key: the case's id. Body: this record as JSON. */
  public static final String TOPIC = "marketplace.harm-found.v1";
}
