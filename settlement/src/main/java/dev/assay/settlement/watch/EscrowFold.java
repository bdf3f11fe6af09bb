package dev.assay.settlement.watch;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Entry;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.EscrowEvent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Accounts of the Escrow, moved on by its logs: the Escrow's own arithmetic, once more. */
final class EscrowFold {
  private final Function<AccountId, Optional<EscrowAccount>> load;
  private final Function<WalletAddress, Optional<AccountId>> mainOf;
  private final Function<Digest, Optional<SettledEntries.Entries>> entriesOf;
  private final boolean onlyLowers;

  private final Map<AccountId, EscrowAccount> changed = new LinkedHashMap<>();
  private final Map<WalletAddress, Optional<AccountId>> mains = new HashMap<>();
  private final Set<WalletAddress> owners = new LinkedHashSet<>();
  private final Set<AccountId> moved = new LinkedHashSet<>();
  private final List<EscrowEvent.AccountMoved> given = new ArrayList<>();
  private final Set<Digest> foreign = new LinkedHashSet<>();
  private final Map<AccountId, TokenAmount> missing = new HashMap<>();

  /**
   * @param onlyLowers leave out what raises the amount that may be spent: it may be taken back yet
   */
  EscrowFold(
      Function<AccountId, Optional<EscrowAccount>> load,
      Function<WalletAddress, Optional<AccountId>> mainOf,
      Function<Digest, Optional<SettledEntries.Entries>> entriesOf,
      boolean onlyLowers) {
    this.load = load;
    this.mainOf = mainOf;
    this.entriesOf = entriesOf;
    this.onlyLowers = onlyLowers;
  }

  void apply(EscrowEvent event) {
    switch (event) {
      case EscrowEvent.Opened opened -> open(opened);
      case EscrowEvent.Deposited in ->
          raise(in.account(), account -> account.withBalance(account.balance().plus(in.amount())));
      case EscrowEvent.Authorized signed ->
          raise(signed.account(), account -> account.withAuthorized(signed.ceiling()));
      case EscrowEvent.ExitAnnounced exit ->
          change(
              exit.account(),
              account ->
                  onlyLowers && account.leaving().compareTo(exit.amount()) > 0
                      ? account
                      : account.withLeaving(exit.amount()));
      case EscrowEvent.Exited out ->
          change(
              out.account(),
              account ->
                  account
                      .withBalance(account.balance().minus(account.balance().min(out.amount())))
                      .withLeaving(TokenAmount.ZERO));
      case EscrowEvent.AccountMoved moved -> move(moved);
      case EscrowEvent.Shortfall shortfall -> missing.put(shortfall.account(), shortfall.missing());
      case EscrowEvent.Settled settled -> settle(settled);
      case EscrowEvent.Paid paid ->
          change(
              paid.account(),
              account ->
                  account.withEarned(account.earned().minus(account.earned().min(paid.amount()))));
      case EscrowEvent.PayoutRefused _,
          EscrowEvent.AccountOffered _,
          EscrowEvent.LimitSet _,
          EscrowEvent.Halted _,
          EscrowEvent.AuthorityUpdated _ -> {} // no account's figures change
    }
  }

  private void open(EscrowEvent.Opened opened) {
    if (!onlyLowers) {
      changed.put(opened.account(), EscrowAccount.opened(opened.account(), opened.owner(), true));
      mains.put(opened.owner(), Optional.of(opened.account()));
      owners.add(opened.owner());
    }
  }

  private void move(EscrowEvent.AccountMoved moved) {
    if (main(moved.from()).equals(Optional.of(moved.account()))) {
      mains.put(moved.from(), Optional.empty());
      given.add(moved);
    }
    boolean isMain = main(moved.to()).isEmpty() && !moved.account().equals(AccountId.TREASURY);
    if (isMain) {
      mains.put(moved.to(), Optional.of(moved.account()));
    }
    owners.add(moved.from());
    this.moved.add(moved.account());
    change(moved.account(), account -> account.ownedBy(moved.to(), isMain));
  }

  private void settle(EscrowEvent.Settled settled) {
    Optional<SettledEntries.Entries> entries = entriesOf.apply(settled.head());
    if (entries.isEmpty()) {
      foreign.add(settled.head());
    } else {
      for (Entry debit : entries.get().debits()) {
        TokenAmount shortfall = missing.getOrDefault(debit.account(), TokenAmount.ZERO);
        change(debit.account(), account -> account.debited(debit.amount().minus(shortfall)));
      }
      for (Entry credit : entries.get().credits()) {
        change(
            credit.account(),
            account -> account.withEarned(account.earned().plus(credit.amount())));
      }
      TokenAmount fee = settled.taken().minus(settled.given());
      change(AccountId.TREASURY, treasury -> treasury.withEarned(treasury.earned().plus(fee)));
    }
    missing.clear();
  }

  private void raise(AccountId id, Function<EscrowAccount, EscrowAccount> how) {
    if (!onlyLowers) {
      change(id, how);
    }
  }

  private void change(AccountId id, Function<EscrowAccount, EscrowAccount> how) {
    @Nullable EscrowAccount known = changed.get(id);
    Optional<EscrowAccount> before = known != null ? Optional.of(known) : load.apply(id);
    if (before.isPresent()) {
      EscrowAccount after = how.apply(before.get());
      changed.put(id, after);
      owners.add(after.owner());
    } else if (!onlyLowers) {
      throw new IllegalStateException(
          "The Escrow logged of account %s before it was opened".formatted(id));
    }
  }

  private Optional<AccountId> main(WalletAddress owner) {
    return mains.computeIfAbsent(owner, mainOf);
  }

  Collection<EscrowAccount> changed() {
    return changed.values();
  }

  /** Those of the changed that went from one owner to another. */
  Set<AccountId> moved() {
    return moved;
  }

  /** Those by which somebody gave its purse away, in order. */
  List<EscrowEvent.AccountMoved> given() {
    return given;
  }

  /** Whose purse may be another now. */
  Set<WalletAddress> owners() {
    return owners;
  }

  /** The purse of a wallet: its main account. */
  Optional<EscrowAccount> purseOf(WalletAddress owner) {
    return main(owner).flatMap(id -> Optional.ofNullable(changed.get(id)).or(() -> load.apply(id)));
  }

  /** Heads of settlements that are none of ours. */
  Set<Digest> foreign() {
    return foreign;
  }
}
