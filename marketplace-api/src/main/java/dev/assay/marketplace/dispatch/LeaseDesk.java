package dev.assay.marketplace.dispatch;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Where polls wait for work. A parked poll costs one virtual thread. The desk closes before the web
 * server drains, so that a shutdown answers every parked worker at once.
 */
@Component
class LeaseDesk implements SmartLifecycle {
  private final AtomicInteger parked = new AtomicInteger();
  private volatile CountDownLatch closing = new CountDownLatch(0);

  LeaseDesk(MeterRegistry meters) {
    Gauge.builder("market.polls.parked", parked, AtomicInteger::get)
        .description("Workers that wait for work here")
        .register(meters);
  }

  /** Waits until there may be work, the desk closes, or {@code wait} is over. */
  void park(Duration wait) {
    parked.incrementAndGet();
    try {
      boolean _ = closing.await(wait.toMillis(), TimeUnit.MILLISECONDS); // either way: no work
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      parked.decrementAndGet();
    }
  }

  @Override
  public void start() {
    closing = new CountDownLatch(1);
  }

  @Override
  public void stop() {
    closing.countDown();
  }

  @Override
  public boolean isRunning() {
    return closing.getCount() > 0;
  }

  /** Highest phase: the first to stop. */
  @Override
  public int getPhase() {
    return Integer.MAX_VALUE;
  }
}
