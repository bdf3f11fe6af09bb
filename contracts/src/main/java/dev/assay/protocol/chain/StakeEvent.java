package dev.assay.protocol.chain;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;

/** What the Stake logs; {@code interfaces/IStake.sol} says when. Times are seconds since 1970. */
public sealed interface StakeEvent {
  record Bonded(WalletAddress worker, WalletAddress from, TokenAmount amount)
      implements StakeEvent {}

  record Thawing(WalletAddress worker, TokenAmount amount, long readyAt) implements StakeEvent {}

  record Withdrawn(WalletAddress worker, TokenAmount amount) implements StakeEvent {}

  record KeyBound(WalletAddress worker, WalletAddress key) implements StakeEvent {}

  record KeyRevoked(WalletAddress worker, WalletAddress key, long deadAt) implements StakeEvent {}

  record Frozen(WalletAddress worker, TokenAmount amount) implements StakeEvent {}

  record Released(WalletAddress worker, TokenAmount amount) implements StakeEvent {}

  record Slashed(WalletAddress worker, TokenAmount amount) implements StakeEvent {}

  record Awarded(WalletAddress to, TokenAmount amount) implements StakeEvent {}

  record Claimed(WalletAddress to, TokenAmount amount) implements StakeEvent {}

  record AuthorityUpdated(WalletAddress authority) implements StakeEvent {}
}
