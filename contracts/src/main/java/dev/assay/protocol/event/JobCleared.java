package dev.assay.protocol.event;

import dev.assay.protocol.EventId;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.SignedAttestation;
import dev.assay.protocol.TokenAmount;
import java.time.Instant;

/**
 * A result is to be paid: the draw passed it by, or its audit did not find it wrong. It carries
 * what settlement checks by itself before money moves: the worker's signature and the seal.
 *
 * @param id the same in every delivery of this event
 * @param occurredAt UTC
 * @param earned given to the worker, at most the sealed price; the rest is the operator's fee
 * @param traceparent the W3C trace context of what caused it; empty if there was none
 */
public record JobCleared(
    EventId id,
    Instant occurredAt,
    SignedAttestation result,
    SealedLeaf subject,
    TokenAmount earned,
    String traceparent) {
  /** Key: the attested job's digest. Body: this record as JSON. */
  public static final String TOPIC = "marketplace.job-cleared.v1";
}
