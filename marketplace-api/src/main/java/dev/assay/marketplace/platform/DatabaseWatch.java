package dev.assay.marketplace.platform;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.support.TaskUtils;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/**
 * Does the chores that are done {@link WhenChanged}. One question tells for all of them whether
 * anything was written since they looked: how many transactions have written, without the beats of
 * replicas, of which there is one a second. PostgreSQL counts them by itself, so what is typed by
 * hand counts too, and nobody has to tell.
 */
@Component
public class DatabaseWatch implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseWatch.class);

  /** Between two questions while there is news. */
  private static final Duration BUSY = Duration.ofMillis(200);

  /** And when there was none. */
  private static final Duration AT_REST = Duration.ofMillis(500);

  /** Half of what is between two questions at least. */
  static final Duration SLACK = BUSY.dividedBy(2);

  /** An answer that takes longer is not waited for. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** What is under way when this stops has as long. */
  private static final Duration LAST = Duration.ofSeconds(5);

  private static final int AT_ONCE = 4;

  private final Chores chores;
  private final JdbcClient jdbc;
  private final Clock clock;

  /** One if somebody knows that there is news. */
  private final Semaphore news = new Semaphore(0);

  private volatile boolean running;
  private boolean hasBegun;
  private @Nullable Thread thread;

  /** Not the scheduler's threads: chores that take long must not keep this replica from beating. */
  private @Nullable ExecutorService hands;

  private @Nullable CompletableFuture<OptionalLong> asked;

  DatabaseWatch(Chores chores, JdbcClient jdbc, Clock clock) {
    this.chores = chores;
    this.jdbc = jdbc;
    this.clock = clock;
  }

  /** Something was committed that a chore waits for, and somebody for the chore. */
  public void soon() {
    if (news.availablePermits() == 0) {
      news.release();
    }
  }

  private void run() {
    OptionalLong before = OptionalLong.empty();
    while (running) {
      try {
        OptionalLong written = look();
        TimeUnit.NANOSECONDS.sleep(BUSY.toNanos());
        if (written.equals(before)) {
          boolean _ = news.tryAcquire(AT_REST.minus(BUSY).toNanos(), TimeUnit.NANOSECONDS);
        }
        before = written;
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /**
   * @return how many transactions had written; none if that cannot be known now, and then each
   *     chore sees for itself
   */
  private OptionalLong look() throws InterruptedException {
    Instant at = clock.instant();
    OptionalLong written = answer();
    for (WatchingChore chore : chores.watching()) {
      try {
        if (chore.begin(written, at)) {
          begin(chore, written);
        }
      } catch (RuntimeException | Error e) { // the others must go on
        LOG.atError().setCause(e).log("A chore cannot be begun; it is tried again");
      }
    }
    return written;
  }

  private void begin(WatchingChore chore, OptionalLong written) {
    boolean isBegun = false;
    try {
      // What fails is told of, as it is for the scheduler's chores, and done again.
      Objects.requireNonNull(hands)
          .execute(TaskUtils.decorateTaskWithErrorHandler(() -> chore.run(written), null, true));
      isBegun = true;
    } finally {
      if (!isBegun) {
        chore.leave();
      }
    }
  }

  /**
   * One whose connection is dead may be answered only when that is noticed, half a minute later.
   */
  private OptionalLong answer() throws InterruptedException {
    if (asked != null) {
      if (!asked.isDone()) {
        return OptionalLong.empty();
      }
      asked = null; // of then, not of now
    }
    var question = CompletableFuture.supplyAsync(this::written, Thread::startVirtualThread);
    try {
      return question.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      asked = question;
    } catch (ExecutionException e) {
      LOG.atError().setCause(e).log("Whether anything was written cannot be asked");
    }
    return OptionalLong.empty();
  }

  /**
   * All numbers of transactions up to the highest that is over, without those that are not, and
   * without beats: it grows with each transaction that wrote something, when that is over.
   */
  OptionalLong written() {
    try {
      return OptionalLong.of(
          jdbc.sql(
                  """
                  select pg_snapshot_xmax(now)::text::bigint - (select count(*) from pg_snapshot_xip(now))
                       - (select coalesce(sum(beats), 0) from replica)
                  from pg_current_snapshot() as now
                  """)
              .query(Long.class)
              .single());
    } catch (DataAccessException | TransactionException away) {
      LOG.atDebug().setCause(away).log("Whether anything was written cannot be asked now");
      return OptionalLong.empty();
    }
  }

  @Override
  public void start() {
    hands =
        Executors.newFixedThreadPool(
            AT_ONCE, Thread.ofPlatform().daemon().name("chores-", 0).factory());
    running = true;
    if (hasBegun) { // it was stopped meanwhile
      begin();
    }
  }

  /** Like other chores: when all has started. */
  @EventListener(ContextRefreshedEvent.class)
  void begin() {
    hasBegun = true;
    if (running && thread == null) { // a child's event comes here too
      thread = Thread.ofVirtual().name("database-watch").start(this::run);
    }
  }

  /** Interrupted is only what takes too long: that cuts its connection. */
  @Override
  public void stop() {
    running = false;
    soon();
    ExecutorService ending = Objects.requireNonNull(hands);
    try {
      if (thread != null) {
        thread.join(LAST);
        thread = null;
      }
      ending.shutdown();
      if (!ending.awaitTermination(LAST.toNanos(), TimeUnit.NANOSECONDS)) {
        ending.shutdownNow();
      }
    } catch (InterruptedException e) {
      ending.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /** Till the end of the requests: what this replica does for all nobody else does meanwhile. */
  @Override
  public int getPhase() {
    return Replicas.PHASE + 2; // and what it tells others must still go out
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
