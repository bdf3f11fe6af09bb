package dev.assay.settlement.watch;

import dev.assay.determinism.Ids;
import dev.assay.protocol.EventId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.event.PurseChanged;
import dev.assay.protocol.event.SessionKeyChanged;
import dev.assay.protocol.event.StakeChanged;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Component;

/** Tells the market, through the outbox and so in the transaction of the cause. */
@Component
class Announcer {
  private static final String NO_TRACE = "";

  private final ApplicationEventPublisher events;
  private final Ids ids;
  private final Clock clock;

  Announcer(ApplicationEventPublisher events, Ids ids, Clock clock) {
    this.events = events;
    this.ids = ids;
    this.clock = clock;
  }

  /**
   * @param purse none if the wallet has no account (any more)
   */
  void purse(WalletAddress owner, Optional<EscrowAccount> purse, long block, int index) {
    TokenAmount none = TokenAmount.ZERO;
    events.publishEvent(
        new PurseChanged(
            new EventId(ids.next()),
            clock.instant(),
            owner,
            purse.map(EscrowAccount::balance).orElse(none),
            purse.map(EscrowAccount::authorized).orElse(none),
            purse.map(EscrowAccount::spent).orElse(none),
            purse.map(EscrowAccount::leaving).orElse(none),
            block,
            index,
            NO_TRACE));
  }

  void bond(Bond bond, long block, int index) {
    events.publishEvent(
        new StakeChanged(
            new EventId(ids.next()),
            clock.instant(),
            bond.worker(),
            bond.bonded(),
            bond.thawing(),
            bond.frozen(),
            block,
            index,
            NO_TRACE));
  }

  void key(
      WalletAddress key, WalletAddress worker, Optional<Instant> deadAt, long block, int index) {
    events.publishEvent(
        new SessionKeyChanged(
            new EventId(ids.next()), clock.instant(), key, worker, deadAt, block, index, NO_TRACE));
  }
}
