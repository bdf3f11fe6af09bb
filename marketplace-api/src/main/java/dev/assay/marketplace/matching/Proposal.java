package dev.assay.marketplace.matching;

import dev.assay.marketplace.offer.Offer;
import dev.assay.protocol.TokenAmount;

/**
 * A job for a worker, as memory sees it. It becomes a lease only when PostgreSQL takes it.
 *
 * @param price what the attempt costs at most; at risk until it is over
 */
public record Proposal(OpenJob open, Offer offer, TokenAmount price) {}
