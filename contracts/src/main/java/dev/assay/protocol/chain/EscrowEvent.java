package dev.assay.protocol.chain;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;

/** What the Escrow logs; {@code interfaces/IEscrow.sol} says when. Times are seconds since 1970. */
public sealed interface EscrowEvent {
  record Opened(AccountId account, WalletAddress owner) implements EscrowEvent {}

  record Deposited(AccountId account, WalletAddress from, TokenAmount amount)
      implements EscrowEvent {}

  record Authorized(AccountId account, TokenAmount ceiling) implements EscrowEvent {}

  record ExitAnnounced(AccountId account, TokenAmount amount, long readyAt)
      implements EscrowEvent {}

  record Exited(AccountId account, WalletAddress owner, TokenAmount amount)
      implements EscrowEvent {}

  record AccountOffered(AccountId account, WalletAddress to) implements EscrowEvent {}

  record AccountMoved(AccountId account, WalletAddress from, WalletAddress to)
      implements EscrowEvent {}

  /**
   * @param head {@link dev.assay.protocol.Batch#head} of {@code parent}
   */
  record Settled(Digest head, Digest parent, Digest root, TokenAmount taken, TokenAmount given)
      implements EscrowEvent {}

  /**
   * @param missing what the purse could not cover; it comes off the operator's fee
   */
  record Shortfall(AccountId account, TokenAmount missing) implements EscrowEvent {}

  record Paid(AccountId account, WalletAddress owner, TokenAmount amount) implements EscrowEvent {}

  /** The token refused the payee, who keeps the credit. */
  record PayoutRefused(AccountId account, WalletAddress owner, TokenAmount amount)
      implements EscrowEvent {}

  record LimitSet(TokenAmount rate, TokenAmount burst) implements EscrowEvent {}

  record Halted(long until) implements EscrowEvent {}

  record AuthorityUpdated(WalletAddress authority) implements EscrowEvent {}
}
