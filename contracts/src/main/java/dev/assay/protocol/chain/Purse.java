package dev.assay.protocol.chain;

import dev.assay.protocol.TokenAmount;

/**
 * An account of the Escrow.
 *
 * @param balance deposited and neither spent nor withdrawn
 * @param spent ever
 * @param authorized the ceiling of {@code spent} that the owner has signed
 * @param earned credited and not yet paid out
 */
public record Purse(
    TokenAmount balance, TokenAmount spent, TokenAmount authorized, TokenAmount earned) {
  /** The most that may be taken now. */
  public TokenAmount room() {
    return balance.min(authorized.minus(spent));
  }
}
