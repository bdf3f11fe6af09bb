package dev.assay.marketplace.matching;

import dev.assay.marketplace.offer.Offer;
import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.List;
import java.util.function.Function;

/**
 * What the floor asks others about workers, at the speed of memory.
 *
 * @param offersOf a worker's
 * @param market everybody's offers of a model
 * @param freeStake of a worker
 * @param exposure of a worker, as far as an offer is concerned
 * @param paused why nobody is to have a job on an offer now; empty if nothing is paused
 */
public record FloorSources(
    Function<WalletAddress, List<Offer>> offersOf,
    Function<Digest, List<Offer>> market,
    Function<WalletAddress, TokenAmount> freeStake,
    Function<Offer, Exposure> exposure,
    Function<Offer, String> paused) {}
