package dev.assay.settlement.transaction;

import dev.assay.protocol.chain.Fees;
import dev.assay.protocol.chain.SignedTransaction;
import java.time.Instant;
import java.util.Optional;

/**
 * One signature. Of those for one nonce at most one is mined.
 *
 * @param sentAt when it was last handed to the nodes
 */
record Attempt(
    SignedTransaction transaction,
    Fees fees,
    long gasLimit,
    Instant signedAt,
    Optional<Instant> sentAt) {}
