package dev.assay.settlement.watch;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.StakeContract;
import dev.assay.protocol.chain.StakeEvent;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.chain.PlacedLog;
import dev.assay.settlement.platform.Rows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Bonds, session keys and awards as of the last final block that was read: our ledger of them. */
@Component
public class Stakes implements FinalLogs, LowersEarly {
  private static final String BOND = "worker, bonded::text, thawing::text, frozen::text";

  private final StakeContract stake;
  private final EarlyFacts early;
  private final Announcer announcer;
  private final JdbcClient jdbc;

  Stakes(Market market, EarlyFacts early, Announcer announcer, JdbcClient jdbc) {
    this.stake = market.deployment().stakeContract();
    this.early = early;
    this.announcer = announcer;
    this.jdbc = jdbc;
  }

  /**
   * Whom a key signs for.
   *
   * @param deadAt from when on for nobody
   */
  public record KeyOf(WalletAddress worker, Optional<Instant> deadAt) {}

  public Optional<KeyOf> key(WalletAddress key) {
    return jdbc.sql("select worker, dead_at from session_key where key = :key")
        .param("key", key.hex())
        .query((row, _) ->
            new KeyOf(
                new WalletAddress(row.getString("worker")), Rows.maybeInstant(row, "dead_at")))
        .optional();
  }

  public Optional<Bond> find(WalletAddress worker) {
    return jdbc.sql("select %s from bond where worker = :worker".formatted(BOND))
        .param("worker", worker.hex())
        .query(Stakes::bond)
        .optional();
  }

  /** In the order of their last changes, those after this one, at most so many. */
  public List<Changed<Bond>> changedAfter(Optional<Changed<Bond>> last, int most) {
    return jdbc.sql(
            """
            select %s, changed_in from bond where (changed_in, worker) > (:block, :worker)
             order by changed_in, worker limit :most\
            """
                .formatted(BOND))
        .param("block", last.map(Changed::block).orElse(-1L))
        .param("worker", last.map(changed -> changed.what().worker().hex()).orElse(""))
        .param("most", most)
        .query((row, index) -> new Changed<>(bond(row, index), row.getLong("changed_in")))
        .list();
  }

  /** Those after this one, in order, at most so many. */
  public List<Bond> after(WalletAddress worker, int most) {
    return jdbc.sql(
            "select %s from bond where worker > :worker order by worker limit :most"
                .formatted(BOND))
        .param("worker", worker.hex())
        .param("most", most)
        .query(Stakes::bond)
        .list();
  }

  /** What is owed to a wallet and can be claimed. */
  public record Award(WalletAddress recipient, TokenAmount amount) {}

  public List<Award> awards(int most) {
    return jdbc.sql(
            """
            select recipient, amount::text from award where amount > 0
             order by amount desc, recipient limit :most\
            """)
        .param("most", most)
        .query((row, _) ->
            new Award(new WalletAddress(row.getString("recipient")), Rows.amount(row, "amount")))
        .list();
  }

  /** Tells the market once more what is known of a worker. */
  void tellAgain(WalletAddress worker, long block) {
    find(worker).ifPresent(bond -> announcer.bond(bond, block, Chunk.END_OF_BLOCK));
    jdbc.sql("select key from session_key where worker = :worker order by key limit 100")
        .param("worker", worker.hex())
        .query(String.class)
        .list()
        .forEach(key -> announceKey(new WalletAddress(key), block));
  }

  @Override
  public void apply(Chunk chunk) {
    long block = chunk.to().number();
    Map<WalletAddress, Bond> bonds = new HashMap<>();
    Set<WalletAddress> keys = new HashSet<>();
    for (PlacedLog log : chunk.logs()) {
      stake.event(log.log()).ifPresent(event -> apply(event, bonds, keys));
    }
    bonds.values().forEach(bond -> save(bond, block));
    for (String worker : early.take(EarlyFacts.Kind.BOND, block)) {
      var address = new WalletAddress(worker);
      bonds.computeIfAbsent(address, w -> find(w).orElse(Bond.none(w)));
    }
    early.take(EarlyFacts.Kind.KEY, block).forEach(key -> keys.add(new WalletAddress(key)));
    bonds.values().forEach(bond -> announcer.bond(bond, block, Chunk.END_OF_BLOCK));
    keys.forEach(key -> announceKey(key, block));
  }

  private void apply(StakeEvent event, Map<WalletAddress, Bond> bonds, Set<WalletAddress> keys) {
    switch (event) {
      case StakeEvent.KeyBound bound -> {
        jdbc.sql("insert into session_key (key, worker) values (:key, :worker)")
            .param("key", bound.key().hex())
            .param("worker", bound.worker().hex())
            .update();
        keys.add(bound.key());
      }
      case StakeEvent.KeyRevoked revoked -> {
        jdbc.sql("update session_key set dead_at = :at where key = :key")
            .param("key", revoked.key().hex())
            .param("at", Timestamp.from(Instant.ofEpochSecond(revoked.deadAt())))
            .update();
        keys.add(revoked.key());
      }
      case StakeEvent.Awarded awarded -> award(awarded.to(), awarded.amount());
      case StakeEvent.Claimed claimed ->
          jdbc.sql("update award set amount = amount - :amount::numeric where recipient = :to")
              .param("to", claimed.to().hex())
              .param("amount", claimed.amount().toString())
              .update();
      default ->
          workerOf(event)
              .ifPresent(worker ->
                  bonds.compute(
                      worker,
                      (w, known) ->
                          (known != null ? known : find(w).orElse(Bond.none(w))).after(event)));
    }
  }

  private void award(WalletAddress to, TokenAmount amount) {
    jdbc.sql(
            """
            insert into award (recipient, amount) values (:to, :amount::numeric)
            on conflict (recipient) do update set amount = award.amount + excluded.amount\
            """)
        .param("to", to.hex())
        .param("amount", amount.toString())
        .update();
  }

  @Override
  public void tell(List<PlacedLog> logs) {
    Map<WalletAddress, Bond> bonds = new HashMap<>();
    for (PlacedLog log : logs) {
      @Nullable StakeEvent event = stake.event(log.log()).orElse(null);
      if (event instanceof StakeEvent.KeyRevoked revoked) {
        if (early.isNew(EarlyFacts.Kind.KEY, revoked.key().hex(), log)) {
          announcer.key(
              revoked.key(),
              revoked.worker(),
              Optional.of(Instant.ofEpochSecond(revoked.deadAt())),
              log.block(),
              log.index());
        }
      } else if (event != null && workerOf(event).isPresent()) {
        WalletAddress worker = workerOf(event).get();
        Bond before = bonds.getOrDefault(worker, find(worker).orElse(Bond.none(worker)));
        Bond after = before.lowered(event);
        bonds.put(worker, after);
        if (!after.equals(before) && early.isNew(EarlyFacts.Kind.BOND, worker.hex(), log)) {
          announcer.bond(after, log.block(), log.index());
        }
      }
    }
  }

  /** Whose bond it changes. */
  private static Optional<WalletAddress> workerOf(StakeEvent event) {
    return switch (event) {
      case StakeEvent.Bonded bonded -> Optional.of(bonded.worker());
      case StakeEvent.Thawing thawing -> Optional.of(thawing.worker());
      case StakeEvent.Withdrawn withdrawn -> Optional.of(withdrawn.worker());
      case StakeEvent.Frozen frozen -> Optional.of(frozen.worker());
      case StakeEvent.Released released -> Optional.of(released.worker());
      case StakeEvent.Slashed slashed -> Optional.of(slashed.worker());
      case StakeEvent.KeyBound _,
          StakeEvent.KeyRevoked _,
          StakeEvent.Awarded _,
          StakeEvent.Claimed _,
          StakeEvent.AuthorityUpdated _ ->
          Optional.empty();
    };
  }

  private void announceKey(WalletAddress key, long block) {
    key(key)
        .ifPresent(of -> announcer.key(key, of.worker(), of.deadAt(), block, Chunk.END_OF_BLOCK));
  }

  private void save(Bond bond, long block) {
    jdbc.sql(
            """
            insert into bond (worker, bonded, thawing, frozen, changed_in)
            values (:worker, :bonded::numeric, :thawing::numeric, :frozen::numeric, :block)
            on conflict (worker) do update
               set bonded = excluded.bonded, thawing = excluded.thawing,
                   frozen = excluded.frozen, changed_in = excluded.changed_in\
            """)
        .param("worker", bond.worker().hex())
        .param("bonded", bond.bonded().toString())
        .param("thawing", bond.thawing().toString())
        .param("frozen", bond.frozen().toString())
        .param("block", block)
        .update();
  }

  private static Bond bond(ResultSet row, int index) throws SQLException {
    return new Bond(
        new WalletAddress(row.getString("worker")),
        Rows.amount(row, "bonded"),
        Rows.amount(row, "thawing"),
        Rows.amount(row, "frozen"));
  }
}
