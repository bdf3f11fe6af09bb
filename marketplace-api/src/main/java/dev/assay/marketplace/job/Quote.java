package dev.assay.marketplace.job;

import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;

/**
 * What a job would cost, at most.
 *
 * @param workers that offer the model and are not excluded by the wishes
 * @param inputUnits at most so many are billed: what the tokenizer makes of it is fewer
 * @param lowest what the cheapest of these workers asks at most
 * @param maxPrice what is held if the requester does not say: enough for more than the cheapest
 */
public record Quote(
    String model,
    Digest modelDigest,
    int workers,
    long inputUnits,
    long outputUnits,
    TokenAmount lowest,
    TokenAmount maxPrice) {}
