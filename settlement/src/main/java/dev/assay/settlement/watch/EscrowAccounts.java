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
    Set<WalletAddress> owners = new HashSet<>(fold.owners());
    early.take(EarlyFacts.Kind.PURSE, block).forEach(o -> owners.add(new WalletAddress(o)));
    owners.remove(treasury);
    for (WalletAddress owner : owners) {
      announcer.purse(owner, fold.purseOf(owner), block, Chunk.END_OF_BLOCK);
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
        announcer.purse(lowered.get(), fold.purseOf(lowered.get()), log.block(), log.index());
      }
    }
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
