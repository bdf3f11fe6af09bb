package dev.assay.protocol.event;

import dev.assay.protocol.Digest;
import dev.assay.protocol.EventId;
import dev.assay.protocol.TokenAmount;
import java.time.Instant;

/**
 * The results of an epoch are fixed, with the rate at which each is audited. Settlement adds the
 * beacon's commitment and posts the seal.
 *
 * @param id the same in every delivery of this event
 * @param occurredAt UTC
 * @param epoch 1, 2, 3, …
 * @param root of the {@link dev.assay.protocol.SealLeaf}s
 * @param prevRoot root of the epoch before; zero for the first
 * @param count of leaves, at least 1
 * @param totalPrice of all leaves
 * @param canaryRoot of the {@link dev.assay.protocol.CanaryLeaf}s, for jobs of later epochs
 * @param verifierSetRoot of the {@link dev.assay.protocol.VerifierEntry}s
 * @param verifierCount of those entries
 * @param traceparent the W3C trace context of what caused it; empty if there was none
 */
public record EpochClosed(
    EventId id,
    Instant occurredAt,
    long epoch,
    Digest root,
    Digest prevRoot,
    long count,
    TokenAmount totalPrice,
    Digest canaryRoot,
    Digest verifierSetRoot,
    long verifierCount,
    String traceparent) {
  /** Key: the epoch's number. Body: this record as JSON. */
  public static final String TOPIC = "marketplace.epoch-closed.v1";
}
