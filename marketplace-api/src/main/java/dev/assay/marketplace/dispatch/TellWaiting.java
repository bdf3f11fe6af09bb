package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.OpenJob;
import dev.assay.marketplace.platform.Replicas;
import dev.assay.protocol.Digest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/**
 * Tells other replicas of jobs for which no worker waits here. Where one came for work a moment ago
 * it soon comes again: then this replica has the first turn, and only what is left by its end is
 * told. Else most jobs would be read by all the others while their workers were on their way.
 */
@Component
class TellWaiting {
  private static final Duration MOMENT = Duration.ofMillis(50);

  private final Floor floor;
  private final Notices notices;
  private final Replicas replicas;
  private final DispatchSettings settings;
  private final Clock clock;

  /** By when they are told. Guarded by itself. */
  private final Queue<Due> later = new ArrayDeque<>();

  /** By {@link System#nanoTime}, as the timer goes. */
  private record Due(OpenJob open, long atNanos) {}

  TellWaiting(
      Floor floor, Notices notices, Replicas replicas, DispatchSettings settings, Clock clock) {
    this.floor = floor;
    this.notices = notices;
    this.replicas = replicas;
    this.settings = settings;
    this.clock = clock;
  }

  void tell(OpenJob open) {
    Digest model = open.job().modelDigest();
    if (replicas.isAlone()) {
      return;
    }
    Instant now = clock.instant();
    if (floor.askedAt(model).isBefore(now.minus(MOMENT))) {
      notices.tell(Notice.Waiting.of(open));
      return;
    }
    synchronized (later) {
      later.add(new Due(open, System.nanoTime() + settings.stealAfter().toNanos()));
      if (later.size() == 1) {
        schedule(settings.stealAfter());
      }
    }
  }

  private void schedule(Duration after) {
    CompletableFuture.delayedExecutor(
            after.toNanos(), TimeUnit.NANOSECONDS, Thread::startVirtualThread)
        .execute(this::tellThoseLeft);
  }

  private void tellThoseLeft() {
    synchronized (later) {
      long now = System.nanoTime();
      Due next = later.peek();
      while (next != null && next.atNanos() - now <= 0) {
        if (floor.isWaiting(next.open().job())) {
          notices.tell(Notice.Waiting.of(next.open()));
        }
        later.remove();
        next = later.peek();
      }
      if (next != null) {
        schedule(Duration.ofNanos(next.atNanos() - now));
      }
    }
  }
}
