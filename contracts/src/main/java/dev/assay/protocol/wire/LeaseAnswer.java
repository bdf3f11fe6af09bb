package dev.assay.protocol.wire;

import java.time.Instant;

/**
 * The market's answer to a {@link LeaseRequest} that found no work.
 *
 * @param idleBecause why there is none, in words for the provider
 * @param serverTime the market's clock, UTC
 */
public record LeaseAnswer(String idleBecause, Instant serverTime) {}
