package dev.assay.protocol.wire;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;

/**
 * How a worker stands: {@code GET /worker/v1/account}.
 *
 * @param freeStake bonded and neither thawing nor frozen
 * @param atRisk price of what is leased to it now; with {@code pending} at most a quarter of {@code
 *     freeStake}, of which a newcomer has a fiftieth, and one more for each audit passed in a row
 * @param pending earned, and not yet settled on chain
 * @param results accepted so far
 */
public record WorkerAccount(
    WalletAddress worker,
    TokenAmount freeStake,
    TokenAmount atRisk,
    TokenAmount pending,
    long results) {}
