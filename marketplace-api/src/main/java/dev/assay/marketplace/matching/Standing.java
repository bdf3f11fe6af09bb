package dev.assay.marketplace.matching;

import dev.assay.marketplace.offer.Offer;
import dev.assay.protocol.TokenAmount;
import java.time.Duration;

/**
 * A worker with regard to one of its offers, now.
 *
 * @param freeStake bonded and neither thawing nor frozen
 * @param atRisk what its live leases would pay at most
 * @param exposure what it has unsettled beside them, and its record
 * @param live leases on this offer
 * @param pace how long its attempts on this model have taken of late, but of a worker that was
 *     never audited no less than is typical; zero if none is known
 * @param paused why an operator wants it to have no job now, in words; empty if none does
 */
public record Standing(
    Offer offer,
    TokenAmount freeStake,
    TokenAmount atRisk,
    Exposure exposure,
    int live,
    Duration pace,
    String paused) {}
