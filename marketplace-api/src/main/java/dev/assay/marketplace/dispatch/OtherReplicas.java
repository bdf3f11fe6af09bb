package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.dispatch.Assignments.LiveRow;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.InHand;
import dev.assay.marketplace.matching.InHand.Hold;
import dev.assay.marketplace.offer.Offer;
import dev.assay.marketplace.offer.Offers;
import dev.assay.marketplace.platform.ReplicaId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * What other replicas have, as far as this one must know: their leases, which count against what a
 * worker may have in hand, and jobs for which they have no worker. The latter are offered to those
 * that wait here: at once if they are in this replica's slice, else when the one whose slice they
 * are in has had its chance.
 */
@Component
class OtherReplicas {
  private static final int MOST_WAITING = 1_000;
  private static final int AT_ONCE = 16;
  private static final int MOST_LEASES = 100_000;
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  /** After its deadline a lease is over, whether or not this was told. */
  private static final Duration GRACE = Duration.ofSeconds(15);

  private final FindJobs jobs;
  private final Assignments assignments;
  private final LiveLeases live;
  private final InHand inHand;
  private final Floor floor;
  private final Offers offers;
  private final Replicas replicas;
  private final ReplicaId me;
  private final DispatchSettings settings;
  private final Clock clock;
  private final Counter taken;

  private final Map<Hold, Instant> leases = new ConcurrentHashMap<>();

  /** By model. Guarded by itself. */
  private final Map<Digest, Set<JobId>> waiting = new ConcurrentHashMap<>();

  private final Map<Digest, Instant> lookedAt = new ConcurrentHashMap<>();

  OtherReplicas(
      FindJobs jobs,
      Assignments assignments,
      LiveLeases live,
      InHand inHand,
      Floor floor,
      Offers offers,
      Replicas replicas,
      ReplicaId me,
      DispatchSettings settings,
      Clock clock,
      MeterRegistry meters) {
    this.jobs = jobs;
    this.assignments = assignments;
    this.live = live;
    this.inHand = inHand;
    this.floor = floor;
    this.offers = offers;
    this.replicas = replicas;
    this.me = me;
    this.settings = settings;
    this.clock = clock;
    this.taken =
        Counter.builder("market.jobs.stolen")
            .description("Jobs of other replicas that were proposed to workers that wait here")
            .register(meters);
  }

  /** What the others have given before this process began to listen. */
  void load() {
    for (LiveRow row : assignments.liveElsewhere(me.id(), MOST_LEASES)) {
      if (live.find(row.hold().attempt()).isEmpty()) {
        remember(row.hold(), row.deadline());
        inHand.lease(row.hold(), row.model(), row.price());
      }
    }
  }

  /** This replica watches over the lease now. */
  void takenOver(LiveLease lease) {
    leases.remove(lease.hold());
  }

  private void remember(Hold hold, Instant deadline) {
    leases.put(hold, deadline.plus(GRACE));
  }

  @EventListener
  @Order(0) // what follows from it asks what is in hand
  void on(Notice.Leased leased) {
    remember(leased.hold(), leased.deadline());
    inHand.lease(leased.hold(), leased.model(), leased.price());
    floor.withdraw(leased.job());
    forget(leased.model(), leased.job());
  }

  @EventListener
  @Order(0)
  void on(Notice.AttemptOver over) {
    leases.remove(over.hold());
    live.find(over.attempt()).ifPresentOrElse(live::remove, () -> inHand.end(over.hold()));
  }

  @EventListener
  void on(Notice.Cancelled cancelled) {
    live.ofJob(cancelled.job()).forEach(lease -> live.cancel(lease.ref()));
  }

  @EventListener
  void on(Notice.Waiting notice) {
    Set<JobId> others = waiting.computeIfAbsent(notice.model(), _ -> new LinkedHashSet<>());
    synchronized (others) {
      if (others.size() < MOST_WAITING) {
        others.add(notice.job());
      }
    }
    if (!floor.isAwaited(notice.model())) {
      return;
    }
    if (replicas.isMine(notice.job())) {
      take(notice.model(), Set.of(notice.job()));
    } else {
      CompletableFuture.delayedExecutor(
              settings.stealAfter().toMillis(), TimeUnit.MILLISECONDS, Thread::startVirtualThread)
          .execute(() -> {
            if (isWaiting(notice.model(), notice.job())) {
              take(notice.model(), Set.of(notice.job()));
            }
          });
    }
  }

  /** For a worker that found nothing here. */
  void lookFor(WalletAddress worker) {
    if (replicas.isAlone()) {
      return;
    }
    for (Offer offer : offers.of(worker)) {
      Digest model = offer.modelDigest();
      List<JobId> some = some(model);
      if (some.isEmpty() && isTimeToLook(model)) {
        some = assignments.waitingElsewhere(me.id(), model, AT_ONCE);
      }
      if (!some.isEmpty()) {
        take(model, some);
      }
    }
  }

  /** Leases whose end was not told must not count for ever. */
  @Scheduled(fixedDelay = 5_000)
  void expire() {
    Instant now = clock.instant();
    leases.forEach((hold, until) -> {
      if (until.isBefore(now) && leases.remove(hold, until)) {
        inHand.end(hold);
      }
    });
  }

  /** Proposes them to workers that wait here, if nobody has them. */
  private void take(Digest model, Collection<JobId> ids) {
    ids.forEach(id -> forget(model, id));
    List<JobId> unknown = ids.stream().filter(id -> !floor.knows(id)).toList();
    List<Job> open = unknown.isEmpty() ? List.of() : jobs.withoutEnd(unknown);
    if (open.isEmpty()) {
      return;
    }
    Map<JobId, AttemptHistory> histories =
        AttemptHistory.of(assignments.of(open.stream().map(Job::id).toList()));
    Set<JobId> cancelled = assignments.cancelled(unknown);
    for (Job job : open) {
      AttemptHistory history = histories.getOrDefault(job.id(), AttemptHistory.NONE);
      boolean isWaiting =
          !history.isExecuting()
              && !cancelled.contains(job.id())
              && history.failed().size() < settings.tries()
              && history.last() < settings.attempts();
      if (isWaiting && floor.offer(history.next(job))) {
        taken.increment();
      }
    }
  }

  private boolean isTimeToLook(Digest model) {
    Instant now = clock.instant();
    Instant last = lookedAt.getOrDefault(model, Instant.EPOCH);
    return !now.isBefore(last.plus(BETWEEN_LOOKS))
        && (lookedAt.replace(model, last, now) || lookedAt.putIfAbsent(model, now) == null);
  }

  private List<JobId> some(Digest model) {
    Set<JobId> others = waiting.get(model);
    if (others == null) {
      return List.of();
    }
    synchronized (others) {
      return new ArrayList<>(others.stream().limit(AT_ONCE).toList());
    }
  }

  private boolean isWaiting(Digest model, JobId job) {
    Set<JobId> others = waiting.get(model);
    if (others == null) {
      return false;
    }
    synchronized (others) {
      return others.contains(job);
    }
  }

  private void forget(Digest model, JobId job) {
    Set<JobId> others = waiting.get(model);
    if (others != null) {
      synchronized (others) {
        others.remove(job);
      }
    }
  }
}
