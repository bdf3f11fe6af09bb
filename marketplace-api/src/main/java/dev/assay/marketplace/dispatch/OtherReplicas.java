package dev.assay.marketplace.dispatch;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.assay.marketplace.dispatch.Assignments.LiveRow;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.InHand;
import dev.assay.marketplace.matching.InHand.Hold;
import dev.assay.marketplace.platform.ReplicaId;
import dev.assay.marketplace.platform.Replicas;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.context.event.EventListener;
import org.springframework.core.annotation.Order;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * What other replicas have given to workers, as far as this one must know: it counts against what a
 * worker may have in hand.
 */
@Component
class OtherReplicas {
  /** As an attempt: all of a job's. */
  static final long ALL = Long.MAX_VALUE;

  private static final int MOST_LEASES = 100_000;

  /** After its deadline a lease is over, whether or not this was told. */
  private static final Duration GRACE = Duration.ofSeconds(15);

  private static final int MOST_OVER = 50_000;
  private static final Duration OVER_FOR = Duration.ofSeconds(10);

  private final Assignments assignments;
  private final LiveLeases live;
  private final InHand inHand;
  private final Floor floor;
  private final Replicas replicas;
  private final ReplicaId me;
  private final Clock clock;

  private final Map<Hold, Instant> leases = new ConcurrentHashMap<>();

  /**
   * Up to which attempt a job's are over: one replica may tell that a lease is over before the one
   * that gave it has told of it.
   */
  private final Cache<JobId, Long> over =
      Caffeine.newBuilder()
          .maximumSize(MOST_OVER)
          .expireAfterWrite(OVER_FOR)
          .executor(Runnable::run)
          .build();

  OtherReplicas(
      Assignments assignments,
      LiveLeases live,
      InHand inHand,
      Floor floor,
      Replicas replicas,
      ReplicaId me,
      Clock clock) {
    this.assignments = assignments;
    this.live = live;
    this.inHand = inHand;
    this.floor = floor;
    this.replicas = replicas;
    this.me = me;
    this.clock = clock;
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

  /**
   * An attempt ended here, though another replica may have given its lease, and tell of it later.
   */
  void ended(JobId job, long attempt) {
    if (!replicas.isAlone()) {
      over(job, attempt);
    }
  }

  private void over(JobId job, long upTo) {
    over.asMap().merge(job, upTo, Math::max);
  }

  private void remember(Hold hold, Instant deadline) {
    leases.put(hold, deadline.plus(GRACE));
  }

  @EventListener
  @Order(0) // what follows from it asks what is in hand
  void on(NoticeText.Heard heard) {
    Set<WalletAddress> relieved = new HashSet<>();
    for (Notice notice : heard.notices()) {
      switch (notice) {
        case Notice.Leased leased -> begin(leased);
        case Notice.AttemptOver over -> relieved.add(end(over));
        case Notice.Cancelled(JobId job) ->
            live.ofJob(job).forEach(lease -> live.cancel(lease.ref()));
        case Notice.Ended ended -> relieved.addAll(end(ended));
        case Notice.Joined _, Notice.Waiting _, Notice.Following _, Notice.Said _ -> {}
      }
    }
    floor.lookAgain(relieved); // they may have had too much in hand for what waits here
  }

  private void begin(Notice.Leased leased) {
    Long isOver = over.getIfPresent(leased.job());
    if (isOver == null || isOver < leased.attempt().attempt()) {
      floor.withdraw(leased.job());
      remember(leased.hold(), leased.deadline());
      inHand.lease(leased.hold(), leased.model(), leased.price());
    }
  }

  private WalletAddress end(Notice.AttemptOver ended) {
    over(ended.job(), ended.attempt().attempt());
    live.find(ended.attempt()).ifPresentOrElse(live::remove, () -> forget(ended.hold()));
    return ended.worker();
  }

  /** What this replica watches over beside the attempt that had the result, ends here. */
  private List<WalletAddress> end(Notice.Ended ended) {
    over(ended.job(), ALL);
    List<Hold> leased = inHand.leased(ended.job());
    for (Hold hold : leased) {
      Optional<LiveLease> watched = live.find(hold.attempt());
      if (watched.isEmpty()) {
        forget(hold);
      } else if (watched.get().attempt() == ended.attempt()) {
        live.remove(watched.get());
      }
    }
    return leased.stream().map(Hold::worker).toList();
  }

  private void forget(Hold hold) {
    leases.remove(hold);
    inHand.end(hold);
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
}
