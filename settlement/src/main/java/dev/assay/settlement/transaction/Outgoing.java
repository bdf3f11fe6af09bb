package dev.assay.settlement.transaction;

import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.Call;
import java.util.Optional;

/**
 * Something that this service wants the chain to do.
 *
 * @param subject which one of its purpose: a head, an epoch, a case
 * @param nonce given with the first signature
 * @param sender whose nonce it is
 * @param refusals how often a contract refused it before it was signed
 * @param traceparent of what made it necessary; empty if that had no trace
 */
record Outgoing(
    long id,
    Purpose purpose,
    String subject,
    Call call,
    Optional<Long> nonce,
    Optional<WalletAddress> sender,
    int refusals,
    String traceparent) {}
