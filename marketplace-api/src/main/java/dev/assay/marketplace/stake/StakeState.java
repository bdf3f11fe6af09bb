package dev.assay.marketplace.stake;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;

/**
 * A worker's bond as the chain has it.
 *
 * @param thawing announced to leave, still slashable
 * @param frozen for open cases
 * @param position where on the chain; a later one replaces an earlier one
 */
public record StakeState(
    WalletAddress worker,
    TokenAmount bonded,
    TokenAmount thawing,
    TokenAmount frozen,
    long position) {

  /** What counts: what can be taken for new work. */
  TokenAmount free() {
    TokenAmount taken = thawing.plus(frozen);
    return bonded.compareTo(taken) > 0 ? bonded.minus(taken) : TokenAmount.ZERO;
  }
}
