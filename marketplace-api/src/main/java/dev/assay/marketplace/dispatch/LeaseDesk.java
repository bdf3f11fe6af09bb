package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.matching.ExposuresChanged;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.Poll;
import dev.assay.marketplace.matching.Proposal;
import dev.assay.marketplace.offer.OffersPublished;
import dev.assay.marketplace.pause.PausesChanged;
import dev.assay.protocol.WalletAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Where polls wait for work. A parked poll costs one virtual thread. The desk closes before the web
 * server drains, so that a shutdown answers every parked worker at once.
 */
@Component
class LeaseDesk implements SmartLifecycle {
  private final Floor floor;
  private final LeaseJobs leasing;
  private final StealJobs stealing;
  private final Clock clock;
  private final Map<WalletAddress, Poll> last = new ConcurrentHashMap<>();
  private volatile boolean open;

  LeaseDesk(Floor floor, LeaseJobs leasing, StealJobs stealing, Clock clock) {
    this.stealing = stealing;
    this.floor = floor;
    this.leasing = leasing;
    this.clock = clock;
  }

  /**
   * Waits until there is work, the desk closes, or {@code wait} is over; then none.
   *
   * @param isOnly whether the worker has no other poll: one that is parked here under the same
   *     session key is then one whose connection broke, and gets nothing any more
   */
  List<LiveLease> leases(Caller caller, int capacity, Duration wait, boolean isOnly) {
    WalletAddress worker = caller.wallet();
    var poll = new Poll(worker, capacity, caller.sessionKey());
    if (isOnly) {
      caller.sessionKey().map(key -> last.put(key, poll)).ifPresent(Poll::release);
    }
    Instant until = clock.instant().plus(wait);
    try {
      while (open) {
        floor.park(poll);
        if (!open) {
          poll.release(); // it closed in between, and has not seen this poll
        } else if (!poll.isAnswered()) {
          stealing.lookFor(worker);
        }
        Duration left = Duration.between(clock.instant(), until);
        poll.await(left);
        List<Proposal> proposals = floor.take(poll);
        // A lease may have been written since its patience ended; no other is from now on.
        if (poll.isExpecting() || poll.isAnswered()) {
          poll.await(Duration.ZERO);
          proposals = Stream.concat(proposals.stream(), floor.take(poll).stream()).toList();
        }
        if (proposals.isEmpty()) {
          return List.of();
        }
        List<LiveLease> leases = leasing.lease(proposals, poll.sessionKey());
        if (!leases.isEmpty() || left.isNegative()) {
          return leases;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      floor.leave(poll);
      caller.sessionKey().ifPresent(key -> last.remove(key, poll));
    }
    return List.of();
  }

  /** Who waits sees why nothing comes, or is given what waited. */
  @EventListener
  void on(PausesChanged changed) {
    floor.releaseAll();
  }

  /** Who waits, waits for what it sells now: who has withdrawn its offers is given nothing more. */
  @EventListener
  void on(OffersPublished published) {
    floor.lookAgain(Set.of(published.worker()));
  }

  /** What a worker waits beside may be for it now. */
  @EventListener
  void on(ExposuresChanged changed) {
    floor.lookAgain(changed.relieved());
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
