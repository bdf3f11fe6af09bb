package dev.assay.settlement.watch;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;

/**
 * An account of the Escrow, as its logs tell.
 *
 * @param isMain whether the owner's deposits go to it; a wallet may have been given others
 * @param leaving announced to be withdrawn
 */
public record EscrowAccount(
    AccountId id,
    WalletAddress owner,
    boolean isMain,
    TokenAmount balance,
    TokenAmount spent,
    TokenAmount authorized,
    TokenAmount earned,
    TokenAmount leaving) {
  static EscrowAccount opened(AccountId id, WalletAddress owner, boolean isMain) {
    TokenAmount none = TokenAmount.ZERO;
    return new EscrowAccount(id, owner, isMain, none, none, none, none, none);
  }

  EscrowAccount ownedBy(WalletAddress owner, boolean isMain) {
    return new EscrowAccount(id, owner, isMain, balance, spent, authorized, earned, leaving);
  }

  EscrowAccount withBalance(TokenAmount balance) {
    return new EscrowAccount(id, owner, isMain, balance, spent, authorized, earned, leaving);
  }

  EscrowAccount debited(TokenAmount amount) {
    TokenAmount left = balance.minus(balance.min(amount)); // less only where a deposit is left out
    return new EscrowAccount(
        id, owner, isMain, left, spent.plus(amount), authorized, earned, leaving);
  }

  EscrowAccount withAuthorized(TokenAmount ceiling) {
    return new EscrowAccount(id, owner, isMain, balance, spent, ceiling, earned, leaving);
  }

  EscrowAccount withEarned(TokenAmount earned) {
    return new EscrowAccount(id, owner, isMain, balance, spent, authorized, earned, leaving);
  }

  EscrowAccount withLeaving(TokenAmount leaving) {
    return new EscrowAccount(id, owner, isMain, balance, spent, authorized, earned, leaving);
  }
}
