package dev.assay.settlement.batch;

import dev.assay.protocol.AccountId;

/**
 * A cleared job that can be paid.
 *
 * @param payer the account that is charged for it
 */
record PayableJob(ClearedJob job, AccountId payer) {}
