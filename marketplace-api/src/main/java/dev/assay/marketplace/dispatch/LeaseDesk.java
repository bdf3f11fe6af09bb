package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.matching.ExposuresChanged;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.Poll;
import dev.assay.marketplace.matching.Proposal;
import dev.assay.marketplace.offer.OffersPublished;
import dev.assay.marketplace.pause.PausesChanged;
import dev.assay.protocol.WalletAddress;
import io.micrometer.context.ContextSnapshotFactory;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Where polls wait for work, without a thread: their requests are suspended. The desk closes before
 * the web server drains, so that a shutdown answers every parked worker at once.
 */
@Component
class LeaseDesk implements SmartLifecycle {
  /** What a request's own thread knows of it: its trace, and its name in the log. */
  private static final ContextSnapshotFactory CONTEXTS = ContextSnapshotFactory.builder().build();

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
   * Given when there is work, the desk closes, or {@code wait} is over; then none. Until then no
   * thread waits.
   *
   * @param isOnly whether the worker has no other poll: one that is parked here under the same
   *     session key is then one whose connection broke, and gets nothing any more
   */
  CompletableFuture<List<LiveLease>> leases(
      Caller caller, int capacity, Duration wait, boolean isOnly) {
    var poll = new Poll(caller.wallet(), capacity, caller.sessionKey());
    if (isOnly) {
      caller.sessionKey().map(key -> last.put(key, poll)).ifPresent(Poll::release);
    }
    var visit = new Visit(poll, clock.instant().plus(wait));
    visit.step(visit::park);
    return visit.leases;
  }

  /** A poll on its way, from one step to the next; whatever happens, it leaves the floor. */
  private final class Visit {
    private final Poll poll;
    private final Instant until;
    private final CompletableFuture<List<LiveLease>> leases = new CompletableFuture<>();

    Visit(Poll poll, Instant until) {
      this.poll = poll;
      this.until = until;
    }

    void step(Runnable what) {
      try {
        what.run();
      } catch (RuntimeException | Error fault) {
        leave();
        leases.completeExceptionally(fault);
      }
    }

    /** At once if it may, else on a thread of its own, in the request's trace. */
    private void when(CompletableFuture<Void> turn, Runnable next) {
      if (turn.isDone()) {
        next.run();
      } else {
        Runnable resumed = CONTEXTS.captureAll().wrap(() -> step(next));
        turn.thenRunAsync(resumed, Thread::startVirtualThread);
      }
    }

    private void park() {
      if (!open) {
        end(List.of());
        return;
      }
      floor.park(poll);
      if (!open) {
        poll.release(); // it closed in between, and has not seen this poll
      } else if (!poll.isAnswered()) {
        stealing.lookFor(poll.worker());
      }
      when(poll.turn(Duration.between(clock.instant(), until)), this::take);
    }

    private void take() {
      List<Proposal> proposals = floor.take(poll);
      // A lease may have been written since its patience ended; no other is from now on.
      if (poll.isExpecting() || poll.isAnswered()) {
        when(
            poll.turn(Duration.ZERO),
            () -> lease(Stream.concat(proposals.stream(), floor.take(poll).stream()).toList()));
      } else {
        lease(proposals);
      }
    }

    private void lease(List<Proposal> proposals) {
      List<LiveLease> leased =
          proposals.isEmpty() ? List.of() : leasing.lease(proposals, poll.sessionKey());
      if (proposals.isEmpty() || !leased.isEmpty() || clock.instant().isAfter(until)) {
        end(leased);
      } else {
        Thread.startVirtualThread(CONTEXTS.captureAll().wrap(() -> step(this::park)));
      }
    }

    private void end(List<LiveLease> leased) {
      leave();
      leases.complete(leased);
    }

    private void leave() {
      floor.leave(poll);
      poll.sessionKey().ifPresent(key -> last.remove(key, poll));
    }
  }

  /** Who waits sees why nothing comes, or is given what waited. */
  @EventListener
  void on(PausesChanged changed) {
    floor.releaseAll();
  }

  /**
   * Who waits, waits for what it sells now: who has withdrawn its offers is given nothing more, and
   * who has published them at another replica came here before they did.
   */
  @EventListener
  void on(OffersPublished published) {
    WalletAddress worker = published.worker();
    if (floor.lookAgain(Set.of(worker))) {
      Thread.startVirtualThread(() -> stealing.lookFor(worker));
    }
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
