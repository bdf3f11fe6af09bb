package dev.assay.marketplace.job;

import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.assurance.Assurance;

/**
 * What a job would cost, at most; for all workers that compute it together.
 *
 * @param workers that offer the model and are not excluded by the wishes
 * @param inputUnits at most so many are billed: what the tokenizer makes of it is fewer
 * @param lowest what the cheapest of these workers asks at most
 * @param maxPrice what is held if the requester does not say: enough for more than the cheapest
 * @param verification how the result is made sure of
 * @param assurance the least that a result would have
 */
public record Quote(
    String model,
    Digest modelDigest,
    int workers,
    long inputUnits,
    long outputUnits,
    TokenAmount lowest,
    TokenAmount maxPrice,
    Verification verification,
    Assurance assurance) {}
