package dev.assay.settlement.reconcile;

import java.math.BigInteger;
import java.time.Instant;
import java.util.List;

/**
 * Our ledger held against the chain.
 *
 * @param block as of which
 * @param hash of that block
 * @param owed to all accounts of the Escrow: balances and earnings, by our ledger
 * @param held by the Escrow, in the token
 * @param bonded by all workers, with the pot and what can be claimed, by our ledger
 * @param atStake held by the Stake, in the token
 * @param drift what differs; nothing if they agree
 */
record Reconciliation(
    long block,
    String hash,
    Instant at,
    BigInteger owed,
    BigInteger held,
    BigInteger bonded,
    BigInteger atStake,
    List<String> drift) {
  Reconciliation {
    drift = List.copyOf(drift);
  }
}
