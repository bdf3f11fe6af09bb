package dev.assay.marketplace.stake;

import dev.assay.determinism.CrashPoint;
import dev.assay.marketplace.platform.WhenChanged;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionOperations;

/** Answers from memory; what it says is at most a second older than what has been recorded. */
@Service
public class Stakes implements SmartInitializingSingleton {
  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final Clock clock;
  private final Map<WalletAddress, StakeState> stakes = new ConcurrentHashMap<>();
  private final Map<WalletAddress, KeyState> keys = new ConcurrentHashMap<>();
  private long seen = -1;

  Stakes(JdbcClient jdbc, TransactionOperations transaction, Clock clock, MeterRegistry meters) {
    Gauge.builder("market.workers", this, Stakes::bonded)
        .description("Workers by what they are; the same at each replica")
        .tag("are", "bonded")
        .register(meters);
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.clock = clock;
  }

  /** The worker that has bound {@code key}, while the key may sign. */
  public Optional<WalletAddress> ownerOf(WalletAddress key) {
    return Optional.ofNullable(keys.get(key))
        .filter(state -> state.deadAt().map(clock.instant()::isBefore).orElse(true))
        .map(KeyState::worker);
  }

  /** Bonded and neither thawing nor frozen. */
  public TokenAmount freeStakeOf(WalletAddress worker) {
    StakeState state = stakes.get(worker);
    return state == null ? TokenAmount.ZERO : state.free();
  }

  /**
   * What the chain says; ignored if something later is known.
   *
   * @throws IllegalStateException if something else is known of the same place on the chain
   */
  public void record(StakeState state) {
    boolean isNews =
        inTransaction(() -> {
          int changed =
              jdbc.sql(
                      """
                      insert into stake (worker, bonded, thawing, frozen, position)
                      values (:worker, :bonded::numeric, :thawing::numeric, :frozen::numeric, :position)
                      on conflict (worker) do update set bonded = excluded.bonded, thawing = excluded.thawing,
                        frozen = excluded.frozen, position = excluded.position
                      where stake.position < excluded.position
                      """)
                  .param("worker", state.worker().hex())
                  .param("bonded", state.bonded().toString())
                  .param("thawing", state.thawing().toString())
                  .param("frozen", state.frozen().toString())
                  .param("position", state.position())
                  .update();
          if (changed == 0) {
            jdbc.sql("select * from stake where worker = :worker and position = :position")
                .param("worker", state.worker().hex())
                .param("position", state.position())
                .query((row, _) -> stake(row))
                .optional()
                .ifPresent(known -> requireSame(known, state));
          }
          return changed;
        });
    if (isNews) {
      stakes.merge(state.worker(), state, Stakes::later);
    }
  }

  /**
   * What the chain says; ignored if something later is known.
   *
   * @throws IllegalStateException if something else is known of the same place on the chain
   */
  public void record(KeyState state) {
    boolean isNews =
        inTransaction(() -> {
          int changed =
              jdbc.sql(
                      """
                      insert into session_key (key, worker, dead_at, position)
                      values (:key, :worker, :deadAt::timestamptz, :position)
                      on conflict (key) do update set worker = excluded.worker, dead_at = excluded.dead_at,
                        position = excluded.position
                      where session_key.position < excluded.position
                      """)
                  .param("key", state.key().hex())
                  .param("worker", state.worker().hex())
                  .param("deadAt", state.deadAt().map(Instant::toString).orElse(null))
                  .param("position", state.position())
                  .update();
          if (changed == 0) {
            jdbc.sql("select * from session_key where key = :key and position = :position")
                .param("key", state.key().hex())
                .param("position", state.position())
                .query((row, _) -> key(row))
                .optional()
                .ifPresent(known -> requireSame(known, state));
          }
          return changed;
        });
    if (isNews) {
      keys.merge(state.key(), state, Stakes::later);
    }
  }

  /**
   * @param change answers how many rows it has changed; if any, other processes are told
   */
  private boolean inTransaction(IntSupplier change) {
    return Boolean.TRUE.equals(
        transaction.execute(_ -> {
          boolean isNews = change.getAsInt() > 0;
          if (isNews) {
            jdbc.sql("update stake_change set version = version + 1").update();
          }
          CrashPoint.API_INTAKE_BEFORE_COMMIT.reached();
          return isNews;
        }));
  }

  private static void requireSame(Record known, Record told) {
    if (!known.equals(told)) {
      throw new IllegalStateException(
          "Two facts of one place on the chain: %s and %s".formatted(known, told));
    }
  }

  private long bonded() {
    return stakes.values().stream().filter(state -> !state.free().isZero()).count();
  }

  private static StakeState later(StakeState one, StakeState other) {
    return one.position() > other.position() ? one : other;
  }

  private static KeyState later(KeyState one, KeyState other) {
    return one.position() > other.position() ? one : other;
  }

  /** Before the first request is taken: it must not be told that nobody is here. */
  @Override
  public void afterSingletonsInstantiated() {
    refresh();
  }

  @WhenChanged
  @Scheduled(
      initialDelayString = "${marketplace.stake.refresh-every:1s}",
      fixedDelayString = "${marketplace.stake.refresh-every:1s}")
  synchronized void refresh() {
    long newest = jdbc.sql("select version from stake_change").query(Long.class).single();
    if (newest == seen) {
      return;
    }
    jdbc.sql("select * from stake")
        .query((row, _) -> stake(row))
        .list()
        .forEach(state -> stakes.merge(state.worker(), state, Stakes::later));
    // The dead too: a key that is in memory must be seen to die.
    jdbc.sql("select * from session_key")
        .query((row, _) -> key(row))
        .list()
        .forEach(state -> keys.merge(state.key(), state, Stakes::later));
    seen = newest;
  }

  private static StakeState stake(ResultSet row) throws SQLException {
    return new StakeState(
        new WalletAddress(row.getString("worker")),
        TokenAmount.parse(row.getString("bonded")),
        TokenAmount.parse(row.getString("thawing")),
        TokenAmount.parse(row.getString("frozen")),
        row.getLong("position"));
  }

  private static KeyState key(ResultSet row) throws SQLException {
    return new KeyState(
        new WalletAddress(row.getString("key")),
        new WalletAddress(row.getString("worker")),
        Optional.ofNullable(row.getObject("dead_at", OffsetDateTime.class))
            .map(OffsetDateTime::toInstant),
        row.getLong("position"));
  }
}
