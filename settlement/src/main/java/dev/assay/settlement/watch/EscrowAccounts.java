package dev.assay.settlement.watch;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.EscrowEvent;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.chain.PlacedLog;
import dev.assay.settlement.platform.Halts;
import dev.assay.settlement.platform.Rows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The Escrow's accounts as of the last final block that was read: our ledger of it. */
@Component
public class EscrowAccounts implements FinalLogs, LowersEarly {
  private static final String COLUMNS =
      "id, owner, main, balance::text, spent::text, authorized::text, earned::text, leaving::text";

  private final EscrowContract escrow;
  private final WalletAddress treasury;
  private final Duration exitDelay;
  private final SettledEntries entries;
  private final EarlyFacts early;
  private final Announcer announcer;
  private final Halts halts;
  private final JdbcClient jdbc;

  EscrowAccounts(
      Market market,
      SettledEntries entries,
      EarlyFacts early,
      Announcer announcer,
      Halts halts,
      JdbcClient jdbc) {
    this.escrow = market.deployment().escrowContract();
    this.treasury = market.offices().treasury();
    this.exitDelay = market.terms().exitDelay();
    this.entries = entries;
    this.early = early;
    this.announcer = announcer;
    this.halts = halts;
    this.jdbc = jdbc;
  }

  public Optional<EscrowAccount> find(AccountId id) {
    Optional<EscrowAccount> kept =
        jdbc.sql("select %s from escrow_account where id = :id".formatted(COLUMNS))
            .param("id", id.number())
            .query(EscrowAccounts::account)
            .optional();
    return id.equals(AccountId.TREASURY)
        ? kept.or(() -> Optional.of(EscrowAccount.opened(id, treasury, false)))
        : kept;
  }

  /** The account that a wallet's deposits go to. */
  public Optional<AccountId> mainOf(WalletAddress owner) {
    return jdbc.sql("select id from escrow_account where owner = :owner and main")
        .param("owner", owner.hex())
        .query(Long.class)
        .optional()
        .map(AccountId::new);
  }

  /** In the order of their last changes, those after this one, at most so many. */
  public List<Changed<EscrowAccount>> changedAfter(
      Optional<Changed<EscrowAccount>> last, int most) {
    return jdbc.sql(
            """
            select %s, changed_in from escrow_account where (changed_in, id) > (:block, :id)
             order by changed_in, id limit :most\
            """
                .formatted(COLUMNS))
        .param("block", last.map(Changed::block).orElse(-1L))
        .param("id", last.map(changed -> changed.what().id().number()).orElse(0L))
        .param("most", most)
        .query((row, index) -> new Changed<>(account(row, index), row.getLong("changed_in")))
        .list();
  }

  /** Those after this one, in order, at most so many. */
  public List<EscrowAccount> after(AccountId id, int most) {
    return jdbc.sql(
            "select %s from escrow_account where id > :id order by id limit :most"
                .formatted(COLUMNS))
        .param("id", id.number())
        .param("most", most)
        .query(EscrowAccounts::account)
        .list();
  }

  /**
   * Those that have something to be paid out, the most first; without those whose owner the token
   * refused the last time, who can have themselves paid out when it no longer does.
   */
  public List<EscrowAccount> withEarnings(int most) {
    return jdbc.sql(
            """
            select %s from escrow_account where earned > 0 and id > 0 and not refused order by earned desc, id
             limit :most\
            """
                .formatted(COLUMNS))
        .param("most", most)
        .query(EscrowAccounts::account)
        .list();
  }

  @Override
  public void apply(Chunk chunk) {
    EscrowFold fold = new EscrowFold(this::find, this::mainOf, entries::of, false);
    for (PlacedLog log : chunk.logs()) {
      escrow.event(log.log()).ifPresent(fold::apply);
    }
    long block = chunk.to().number();
    vacate(fold.moved());
    fold.changed().forEach(account -> save(account, block));
    for (PlacedLog log : chunk.logs()) {
      switch (escrow.event(log.log()).orElse(null)) {
        case EscrowEvent.PayoutRefused refused -> mark(refused.account(), true);
        case EscrowEvent.Paid paid -> mark(paid.account(), false);
        case null, default -> {} // nothing about a payout
      }
    }
    Instant time = chunk.to().timestamp();
    fold.given().forEach(moved -> keepGiven(moved, time.plus(exitDelay)));
    Set<WalletAddress> owners = new HashSet<>(fold.owners());
    owners.addAll(formerOwners(fold.changed()));
    owners.addAll(release(time));
    early.take(EarlyFacts.Kind.PURSE, block).forEach(o -> owners.add(new WalletAddress(o)));
    owners.remove(treasury);
    for (WalletAddress owner : owners) {
      announcer.purse(owner, purse(owner, fold), block, Chunk.END_OF_BLOCK);
    }
    for (Digest head : fold.foreign()) {
      halts.halt(
          "foreign-settlement",
          "the Escrow settled the batch %s, which is not ours: someone else has the settlement key,"
                  .formatted(head)
              + " or this database is older than the chain. Have the guardian halt the Escrow.");
    }
  }

  @Override
  public void tell(List<PlacedLog> logs) {
    EscrowFold fold = new EscrowFold(this::find, this::mainOf, entries::of, true);
    for (PlacedLog log : logs) {
      Optional<EscrowEvent> event = escrow.event(log.log());
      event.ifPresent(fold::apply);
      Optional<WalletAddress> lowered =
          event.flatMap(e ->
              switch (e) {
                case EscrowEvent.ExitAnnounced exit ->
                    find(exit.account()).map(EscrowAccount::owner);
                case EscrowEvent.AccountMoved moved -> Optional.of(moved.from());
                default -> Optional.empty();
              });
      if (lowered.isPresent() && early.isNew(EarlyFacts.Kind.PURSE, lowered.get().hex(), log)) {
        announcer.purse(lowered.get(), purse(lowered.get(), fold), log.block(), log.index());
      }
    }
  }

  /**
   * What a wallet has there as its purse: nothing of it may be spent as long as it is charged for
   * what an owner before has asked for.
   */
  private Optional<EscrowAccount> purse(WalletAddress owner, EscrowFold fold) {
    return fold.purseOf(owner)
        .map(account -> isCharged(account) ? account.withLeaving(account.balance()) : account);
  }

  private boolean isCharged(EscrowAccount account) {
    return jdbc.sql(
            "select exists (select from given_account where account = :id and owner <> :owner)")
        .param("id", account.id().number())
        .param("owner", account.owner().hex())
        .query(Boolean.class)
        .single();
  }

  /**
   * Whoever gives its purse away may have asked for what is not charged yet, and could not have
   * withdrawn what that costs before the Escrow's exit delay. Whose purse it never was, because it
   * is charged for another, owes nothing on it.
   */
  private void keepGiven(EscrowEvent.AccountMoved moved, Instant until) {
    jdbc.sql(
            """
            insert into given_account (account, owner, until)
            select :account, :owner, :until
             where not exists
                   (select from given_account where account = :account and owner <> :owner)
            on conflict (account, owner) do update set until = excluded.until\
            """)
        .param("account", moved.account().number())
        .param("owner", moved.from().hex())
        .param("until", Timestamp.from(until))
        .update();
  }

  /** They too wait to hear that what they have asked for is paid. */
  private List<WalletAddress> formerOwners(Collection<EscrowAccount> accounts) {
    return accounts.isEmpty()
        ? List.of()
        : jdbc.sql("select owner from given_account where account in (:ids)")
            .param("ids", accounts.stream().map(account -> account.id().number()).toList())
            .query((row, _) -> new WalletAddress(row.getString("owner")))
            .list();
  }

  /**
   * @return the owners of those that are charged for nobody else any more
   */
  private List<WalletAddress> release(Instant time) {
    return jdbc.sql(
            """
            delete from given_account g using escrow_account a
             where g.until <= :time and a.id = g.account
            returning a.owner\
            """)
        .param("time", Timestamp.from(time))
        .query((row, _) -> new WalletAddress(row.getString("owner")))
        .list();
  }

  private void mark(AccountId account, boolean refused) {
    jdbc.sql("update escrow_account set refused = :refused where id = :id")
        .param("refused", refused)
        .param("id", account.number())
        .update();
  }

  /** A wallet's place for its main account is free before another takes it, in any order. */
  private void vacate(Set<AccountId> moved) {
    if (!moved.isEmpty()) {
      jdbc.sql("update escrow_account set main = false where main and id in (:ids)")
          .param("ids", moved.stream().map(AccountId::number).toList())
          .update();
    }
  }

  private void save(EscrowAccount account, long block) {
    jdbc.sql(
            """
            insert into escrow_account
              (id, owner, main, balance, spent, authorized, earned, leaving, changed_in)
            values (:id, :owner, :main, :balance::numeric, :spent::numeric, :authorized::numeric,
                    :earned::numeric, :leaving::numeric, :block)
            on conflict (id) do update
               set owner = excluded.owner, main = excluded.main, balance = excluded.balance,
                   spent = excluded.spent, authorized = excluded.authorized,
                   earned = excluded.earned, leaving = excluded.leaving,
                   changed_in = excluded.changed_in\
            """)
        .param("id", account.id().number())
        .param("owner", account.owner().hex())
        .param("main", account.isMain())
        .param("balance", account.balance().toString())
        .param("spent", account.spent().toString())
        .param("authorized", account.authorized().toString())
        .param("earned", account.earned().toString())
        .param("leaving", account.leaving().toString())
        .param("block", block)
        .update();
  }

  private static EscrowAccount account(ResultSet row, int index) throws SQLException {
    return new EscrowAccount(
        new AccountId(row.getLong("id")),
        new WalletAddress(row.getString("owner")),
        row.getBoolean("main"),
        Rows.amount(row, "balance"),
        Rows.amount(row, "spent"),
        Rows.amount(row, "authorized"),
        Rows.amount(row, "earned"),
        Rows.amount(row, "leaving"));
  }
}
