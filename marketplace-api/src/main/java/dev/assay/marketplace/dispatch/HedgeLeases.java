package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.Tier;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.InHand;
import dev.assay.marketplace.parameter.Parameter;
import dev.assay.marketplace.parameter.Parameters;
import dev.assay.protocol.wire.AttemptRef;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;
import org.springframework.stereotype.Service;

/**
 * Gives the job of a straggler to a second worker: a realtime lease that is older than nearly all
 * like it were, whose worker has said nothing yet, while another that may have it waits here. Both
 * go on; the first good result counts and is paid. A small share of all leases at most.
 */
@Service
class HedgeLeases implements SchedulingConfigurer {
  private static final Logger LOG = LoggerFactory.getLogger(HedgeLeases.class);

  private static final Duration EVERY = Duration.ofMillis(100);

  /** Hedges at once after a calm. */
  private static final double MOST_SAVED = 8;

  private final LiveLeases live;
  private final InHand inHand;
  private final Assignments assignments;
  private final AttemptTimes times;
  private final JobFeeds feeds;
  private final Floor floor;
  private final LeaseJobs leases;
  private final DispatchSettings settings;
  private final IntSupplier hedgePercent;
  private final Clock clock;
  private final Counter offered;
  private final Counter unaffordable;

  /** All below belongs to the one thread that looks. */
  private final Set<AttemptRef> hedged = new HashSet<>();

  private long counted;
  private double saved = 1;

  HedgeLeases(
      LiveLeases live,
      InHand inHand,
      Assignments assignments,
      AttemptTimes times,
      JobFeeds feeds,
      Floor floor,
      LeaseJobs leases,
      DispatchSettings settings,
      Parameters parameters,
      Clock clock,
      MeterRegistry meters) {
    this.live = live;
    this.inHand = inHand;
    this.assignments = assignments;
    this.times = times;
    this.feeds = feeds;
    this.floor = floor;
    this.leases = leases;
    this.settings = settings;
    this.hedgePercent = parameters.of(Parameter.HEDGE_PERCENT, settings.hedgePercent());
    this.clock = clock;
    this.offered =
        Counter.builder("market.hedges.offered")
            .description("Second leases that were offered for stragglers")
            .register(meters);
    this.unaffordable =
        Counter.builder("market.hedges.unaffordable")
            .description("Looks at a straggler that was not hedged, for enough others were")
            .register(meters);
  }

  @Override
  public void configureTasks(ScheduledTaskRegistrar chores) {
    chores.addTriggerTask(this::look, last -> last.getClock().instant().plus(pause()));
  }

  /** What is leased after a look that found nothing is no straggler before its floor. */
  private Duration pause() {
    return live.size() > 0 ? EVERY : settings.hedgeFloor();
  }

  void look() {
    long given = leases.given();
    saved = Math.min(MOST_SAVED, saved + (given - counted) * hedgePercent.getAsInt() / 100.0);
    counted = given;
    Instant now = clock.instant();
    hedged.removeIf(ref -> live.find(ref).isEmpty());
    for (LiveLease lease : live.all()) {
      if (isStraggler(lease, now)) {
        if (saved < 1) {
          unaffordable.increment();
          return;
        }
        hedge(lease);
      }
    }
  }

  private boolean isStraggler(LiveLease lease, Instant now) {
    Job job = lease.job();
    return job.tier() == Tier.REALTIME
        && !lease.proposal().open().isHedge()
        && !hedged.contains(lease.ref())
        && !live.isCancelled(lease.ref())
        && now.isAfter(lease.began().plus(patience(job)))
        && now.isBefore(lease.deadline())
        && inHand.leased(job.id()).size() == 1
        && !feeds.hasSaid(lease)
        && floor.isAwaited(job.modelDigest());
  }

  /** Of a size of which too little is known: half of what an attempt may take. */
  private Duration patience(Job job) {
    Duration learnt = times.p95(job).orElse(job.tier().attempt().dividedBy(2));
    return learnt.compareTo(settings.hedgeFloor()) < 0 ? settings.hedgeFloor() : learnt;
  }

  private void hedge(LiveLease lease) {
    Job job = lease.job();
    AttemptHistory history =
        AttemptHistory.of(assignments.of(Set.of(job.id())))
            .getOrDefault(job.id(), AttemptHistory.NONE);
    if (history.live().size() != 1 || history.last() >= settings.attempts()) {
      return;
    }
    if (floor.offer(history.hedge(job))) {
      hedged.add(lease.ref());
      saved--;
      offered.increment();
      LOG.atInfo()
          .addKeyValue("job", job.id())
          .addKeyValue("attempt", history.last() + 1)
          .log("A straggler's job is given to a second worker");
    }
  }
}
