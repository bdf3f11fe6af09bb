package dev.assay.marketplace.admin;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** What feeds wait for between two looks; a process that stops does not wait for them. */
@Component
class FeedClock implements SmartLifecycle {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition stopped = lock.newCondition();
  private volatile boolean running;

  /**
   * Returns after {@code duration}, or when the process is stopped.
   *
   * @return whether to go on
   */
  boolean waits(Duration duration) throws InterruptedException {
    lock.lock();
    try {
      long left = duration.toNanos();
      while (running && left > 0) {
        left = stopped.awaitNanos(left);
      }
      return running;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void start() {
    running = true;
  }

  /** Before the web server drains, which would wait for those that wait here. */
  @Override
  public void stop() {
    lock.lock();
    try {
      running = false;
      stopped.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return Integer.MAX_VALUE;
  }
}
