package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.Poll;
import dev.assay.marketplace.matching.Proposal;
import dev.assay.protocol.WalletAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Where polls wait for work. A parked poll costs one virtual thread. The desk closes before the web
 * server drains, so that a shutdown answers every parked worker at once.
 */
@Component
class LeaseDesk implements SmartLifecycle {
  private final Floor floor;
  private final LeaseJobs leasing;
  private final Clock clock;
  private volatile boolean open;

  LeaseDesk(Floor floor, LeaseJobs leasing, Clock clock) {
    this.floor = floor;
    this.leasing = leasing;
    this.clock = clock;
  }

  /** Waits until there is work, the desk closes, or {@code wait} is over; then none. */
  List<LiveLease> leases(WalletAddress worker, int capacity, Duration wait) {
    var poll = new Poll(worker, capacity);
    Instant until = clock.instant().plus(wait);
    try {
      while (open) {
        floor.park(poll);
        if (!open) {
          return List.of(); // it closed in between, and has not seen this poll
        }
        Duration left = Duration.between(clock.instant(), until);
        poll.await(left);
        List<Proposal> proposals = floor.take(poll);
        if (proposals.isEmpty()) {
          return List.of();
        }
        List<LiveLease> leases = leasing.lease(proposals);
        if (!leases.isEmpty() || left.isNegative()) {
          return leases;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      floor.leave(poll);
    }
    return List.of();
  }

  @Override
  public void start() {
    open = true;
  }

  @Override
  public void stop() {
    open = false;
    floor.releaseAll();
  }

  @Override
  public boolean isRunning() {
    return open;
  }

  /** Highest phase: the first to stop. */
  @Override
  public int getPhase() {
    return Integer.MAX_VALUE;
  }
}
