package dev.assay.marketplace.platform;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.transaction.CannotCreateTransactionException;

/** A chore that is done {@link WhenChanged}, with what it has seen. */
final class WatchingChore {
  private static final Logger LOG = LoggerFactory.getLogger(WatchingChore.class);

  /** Whatever is overlooked is found then. */
  static final Duration LONGEST = Duration.ofSeconds(10);

  private final Runnable chore;
  private final ByClock byClock;
  private final BooleanSupplier isMine;
  private final Duration period;
  private final LongSupplier nanoTime;
  private final AtomicBoolean isUnderWay = new AtomicBoolean();
  private volatile Look last = Look.NONE;
  private volatile long begunNanos;

  /**
   * A look that came to its end.
   *
   * @param written how many transactions had written when it began; none if that is not known
   * @param due as {@link ByClock#due}
   */
  private record Look(OptionalLong written, Optional<Instant> due) {
    static final Look NONE = new Look(OptionalLong.empty(), Optional.empty());
  }

  /**
   * @param isMine whether this replica does it
   * @param waitsAtFirst whether its first look is a period after the start
   */
  WatchingChore(
      Runnable chore,
      ByClock byClock,
      BooleanSupplier isMine,
      Duration period,
      boolean waitsAtFirst,
      LongSupplier nanoTime) {
    this.chore = chore;
    this.byClock = byClock;
    this.isMine = isMine;
    this.period = period;
    this.nanoTime = nanoTime;
    this.begunNanos = nanoTime.getAsLong() - (waitsAtFirst ? 0 : period.toNanos());
  }

  /**
   * @param written how many transactions had written at that time; none if that is not known
   * @return whether it is to be done now, by one call of {@link #run}
   */
  boolean begin(OptionalLong written, Instant at) {
    if (!isMine.getAsBoolean()) {
      last = Look.NONE; // if it becomes this replica's, it looks at once
      return false;
    }
    long restedNanos = nanoTime.getAsLong() - begunNanos;
    Look look = last;
    boolean isUnchanged = written.isPresent() && written.equals(look.written());
    if (isUnchanged) {
      byClock.unchangedUntil(at);
    }
    boolean isWanted =
        !isUnchanged
            || restedNanos >= LONGEST.toNanos()
            || look.due().filter(due -> !due.isAfter(at)).isPresent();
    // A look that comes a little early is better than one that comes much later.
    boolean isRested = restedNanos >= period.minus(DatabaseWatch.SLACK).toNanos();
    if (!isWanted || !isRested || !isUnderWay.compareAndSet(false, true)) {
      return false;
    }
    begunNanos = nanoTime.getAsLong();
    return true;
  }

  /**
   * @param written as {@link #begin} was told
   */
  void run(OptionalLong written) {
    Look look = Look.NONE; // what fails is done again
    try {
      chore.run();
      look = new Look(written, byClock.due());
    } catch (CannotCreateTransactionException | DataAccessResourceFailureException away) {
      LOG.atDebug().setCause(away).log("The database is away; this is done when it is back");
    } finally {
      last = look;
      isUnderWay.set(false);
    }
  }

  /** It is not run after all. */
  void leave() {
    isUnderWay.set(false);
  }
}
