package dev.assay.marketplace.platform;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.task.TaskRejectedException;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
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

  private final Chores chores;
  private final ThreadPoolTaskScheduler threads;
  private final JdbcClient jdbc;
  private final Clock clock;

  /** One if somebody knows that there is news. */
  private final Semaphore news = new Semaphore(0);

  private volatile boolean running;
  private @Nullable Thread thread;

  DatabaseWatch(Chores chores, ThreadPoolTaskScheduler threads, JdbcClient jdbc, Clock clock) {
    this.chores = chores;
    this.threads = threads;
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
      OptionalLong written = look();
      try {
        TimeUnit.NANOSECONDS.sleep(BUSY.toNanos());
        if (written.equals(before)) {
          boolean _ = news.tryAcquire(AT_REST.minus(BUSY).toNanos(), TimeUnit.NANOSECONDS);
        }
      } catch (InterruptedException e) {
        return;
      }
      before = written;
    }
  }

  /**
   * @return how many transactions had written; none if that cannot be known now, and then each
   *     chore sees for itself
   */
  private OptionalLong look() {
    Instant at = clock.instant();
    OptionalLong written = written();
    for (WatchingChore chore : chores.watching()) {
      if (chore.begin(written, at)) {
        try {
          threads.execute(() -> chore.run(written));
        } catch (TaskRejectedException stopping) {
          chore.leave();
        }
      }
    }
    return written;
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
    running = true;
    thread = Thread.ofVirtual().name("database-watch").start(this::run);
  }

  /** Not by interrupting it, which would cut its connection. */
  @Override
  public void stop() {
    running = false;
    soon();
    try {
      Objects.requireNonNull(thread).join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
