package dev.assay.protocol.event;

import dev.assay.protocol.Digest;
import dev.assay.protocol.EventId;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.ReceiptLeaf;
import dev.assay.protocol.WalletAddress;
import java.time.Instant;

/**
 * A job was paid in a batch that is final. Its price is spent in the requester's purse and what it
 * earned is credited to the worker.
 *
 * @param id the same in every delivery of this event
 * @param occurredAt UTC
 * @param leaf the job's line of the batch
 * @param requester who asked for the job; owns the leaf's requester account, or has given it away
 * @param worker owner of the leaf's worker account
 * @param proof that the leaf is under {@code root}
 * @param root of the batch's {@link ReceiptLeaf}s
 * @param parent head of the Escrow before the batch
 * @param head of the Escrow after it
 * @param transaction hash of the transaction that settled the batch
 * @param blockNumber of its log
 * @param logIndex of that log in its block; a purse of an earlier place does not hold this job yet
 * @param traceparent the W3C trace context of what caused it; empty if there was none
 */
public record JobSettled(
    EventId id,
    Instant occurredAt,
    ReceiptLeaf leaf,
    WalletAddress requester,
    WalletAddress worker,
    MerkleProof proof,
    Digest root,
    Digest parent,
    Digest head,
    Digest transaction,
    long blockNumber,
    int logIndex,
    String traceparent) {
  /** Key: the job's digest. Body: this record as JSON. */
  public static final String TOPIC = "settlement.job-settled.v1";
}
