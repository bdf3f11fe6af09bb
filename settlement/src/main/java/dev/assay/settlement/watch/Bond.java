package dev.assay.settlement.watch;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.StakeEvent;

/**
 * A worker's bond, as the Stake's logs tell.
 *
 * @param thawing announced to leave, still slashable
 * @param frozen for open cases
 */
public record Bond(
    WalletAddress worker, TokenAmount bonded, TokenAmount thawing, TokenAmount frozen) {
  static Bond none(WalletAddress worker) {
    return new Bond(worker, TokenAmount.ZERO, TokenAmount.ZERO, TokenAmount.ZERO);
  }

  /** The Stake's own arithmetic, once more. An event of another worker, or none of bonds: as is. */
  Bond after(StakeEvent event) {
    return switch (event) {
      case StakeEvent.Bonded in -> new Bond(worker, bonded.plus(in.amount()), thawing, frozen);
      case StakeEvent.Thawing thaw -> new Bond(worker, bonded, thaw.amount(), frozen);
      case StakeEvent.Withdrawn out ->
          new Bond(worker, less(bonded, out.amount()), less(thawing, out.amount()), frozen);
      case StakeEvent.Frozen more -> new Bond(worker, bonded, thawing, frozen.plus(more.amount()));
      case StakeEvent.Released fewer ->
          new Bond(worker, bonded, thawing, less(frozen, fewer.amount()));
      case StakeEvent.Slashed slashed -> {
        TokenAmount left = less(bonded, slashed.amount());
        yield new Bond(worker, left, thawing.min(left), less(frozen, slashed.amount()));
      }
      case StakeEvent.KeyBound _,
          StakeEvent.KeyRevoked _,
          StakeEvent.Awarded _,
          StakeEvent.Claimed _,
          StakeEvent.AuthorityUpdated _ ->
          this;
    };
  }

  /** As {@link #after}, leaving out what raises the stake that counts: it may be taken back yet. */
  Bond lowered(StakeEvent event) {
    return switch (event) {
      case StakeEvent.Bonded _, StakeEvent.Released _ -> this;
      case StakeEvent.Thawing thaw when thaw.amount().compareTo(thawing) < 0 -> this;
      default -> after(event);
    };
  }

  /** Less only where a bond is left out that is not final yet. */
  private static TokenAmount less(TokenAmount from, TokenAmount amount) {
    return from.minus(from.min(amount));
  }
}
