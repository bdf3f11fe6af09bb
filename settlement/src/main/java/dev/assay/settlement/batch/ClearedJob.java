package dev.assay.settlement.batch;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.ReceiptLeaf;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.time.Instant;

/** A result that is to be paid: checked, and waiting for its batch. */
record ClearedJob(
    Digest job,
    long attempt,
    WalletAddress requester,
    WalletAddress worker,
    TokenAmount price,
    TokenAmount earned,
    Digest attestation,
    String traceparent,
    Instant clearedAt) {
  ReceiptLeaf leaf(AccountId requesterAccount, AccountId workerAccount) {
    return new ReceiptLeaf(
        job, attempt, requesterAccount, workerAccount, price, earned, attestation);
  }
}
