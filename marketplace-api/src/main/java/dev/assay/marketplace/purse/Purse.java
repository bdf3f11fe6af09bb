package dev.assay.marketplace.purse;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;

/**
 * A requester's account of the Escrow as the chain has it.
 *
 * @param authorized the ceiling of {@code spent} that its owner has signed, ever
 * @param leaving announced to be withdrawn, or kept for what an owner before has asked for; not
 *     spent any more
 * @param position where on the chain; a later one replaces an earlier one
 */
public record Purse(
    WalletAddress requester,
    TokenAmount balance,
    TokenAmount authorized,
    TokenAmount spent,
    TokenAmount leaving,
    long position) {

  /** What may still be taken, before what is spoken for. */
  TokenAmount spendable() {
    TokenAmount ceiling = less(authorized, spent);
    return ceiling.min(less(balance, leaving));
  }

  /** The chain may, for a moment, have less than was promised before: then nothing is left. */
  static TokenAmount less(TokenAmount from, TokenAmount amount) {
    return from.compareTo(amount) > 0 ? from.minus(amount) : TokenAmount.ZERO;
  }
}
