package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.dispatch.Assignments.AssignmentRow;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.JobOpened;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.InHand;
import dev.assay.marketplace.matching.OpenJob;
import dev.assay.marketplace.platform.ReplicaId;
import dev.assay.marketplace.platform.Replicas;
import dev.assay.marketplace.platform.WhenChanged;
import dev.assay.protocol.JobId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;

/**
 * Brings open jobs to the floor: each new one, and those that a process which is no more saw to.
 */
@Service
class ResumeJobs {
  private static final Logger LOG = LoggerFactory.getLogger(ResumeJobs.class);
  private static final int AT_ONCE = 1_000;

  /** A lease that is older is written, or is not. */
  private static final Duration BEING_WRITTEN = Duration.ofSeconds(5);

  private final FindJobs jobs;
  private final Assignments assignments;
  private final FindLeases leases;
  private final LiveLeases live;
  private final InHand inHand;
  private final OtherReplicas others;
  private final Replicas replicas;
  private final ReplicaId replica;
  private final EndAttempts attempts;
  private final Floor floor;
  private final DispatchSettings settings;
  private final Clock clock;

  /** Whether something that dead replicas saw to may be left, because to take it over failed. */
  private final AtomicBoolean isAnythingLeft = new AtomicBoolean();

  // These belong to the one thread that reconciles.
  private Optional<JobId> cursor = Optional.empty();

  /** Whom nobody had in this round so far. */
  private final Set<JobId> unknown = new HashSet<>();

  /** Whom nobody had in the round before. */
  private Set<JobId> suspects = Set.of();

  /** What was executed in the round before, though it has an end. */
  private Set<JobId> over = Set.of();

  ResumeJobs(
      FindJobs jobs,
      Assignments assignments,
      FindLeases leases,
      LiveLeases live,
      InHand inHand,
      OtherReplicas others,
      Replicas replicas,
      ReplicaId replica,
      EndAttempts attempts,
      Floor floor,
      DispatchSettings settings,
      Clock clock) {
    this.jobs = jobs;
    this.inHand = inHand;
    this.others = others;
    this.replicas = replicas;
    this.replica = replica;
    this.assignments = assignments;
    this.leases = leases;
    this.live = live;
    this.attempts = attempts;
    this.floor = floor;
    this.settings = settings;
    this.clock = clock;
  }

  @EventListener
  void on(JobOpened opened) {
    if (!opened.isLeased() && !inHand.has(opened.job().id())) {
      attempts.open(new OpenJob(opened.job(), 1, Set.of()));
    }
  }

  @EventListener(ApplicationReadyEvent.class)
  void resume() {
    others.load();
    takeOver();
  }

  /** Takes over what dead replicas saw to, page by page, together with the others that live. */
  private void takeOver() {
    int count = 0;
    Optional<JobId> after = Optional.empty();
    List<Job> orphans;
    do {
      orphans = jobs.takeOverOrphans(replicas.alive(), after, AT_ONCE);
      resume(orphans);
      count += orphans.size();
      after = orphans.isEmpty() ? after : Optional.of(orphans.getLast().id());
    } while (orphans.size() == AT_ONCE);
    if (count > 0) {
      LOG.atInfo()
          .addKeyValue("jobs", count)
          .addKeyValue("executing", live.size())
          .log("Open jobs that no replica saw to are taken over");
    }
  }

  /** Its jobs go on here, and so do the leases that it gave on jobs of this replica. */
  @EventListener
  void on(Replicas.SomeDied died) {
    isAnythingLeft.set(true);
    takeOverWhatIsLeft();
  }

  /** A death is told once; if it fails then, it is done again. */
  private void takeOverWhatIsLeft() {
    if (isAnythingLeft.getAndSet(false)) {
      try {
        takeOver();
        takeOverLeases();
      } catch (RuntimeException e) {
        isAnythingLeft.set(true);
        throw e;
      }
    }
  }

  /**
   * What the dead had sent may be committed after their death was known. This goes through all open
   * jobs, so it is done seldom.
   */
  @WhenChanged
  @Scheduled(
      initialDelayString = "${marketplace.dispatch.orphans-every:1m}",
      fixedDelayString = "${marketplace.dispatch.orphans-every:1m}")
  void lookForOrphans() {
    replicas.look(); // who has joined since the last beat is not dead
    takeOver();
  }

  private void takeOverLeases() {
    Optional<JobId> after = Optional.empty();
    List<JobId> page;
    do {
      page = assignments.withOrphanedAttempts(replica.id(), replicas.alive(), after, AT_ONCE);
      resume(jobs.withoutEnd(page.stream().filter(job -> live.ofJob(job).isEmpty()).toList()));
      after = page.isEmpty() ? after : Optional.of(page.getLast());
    } while (page.size() == AT_ONCE);
  }

  /** What is in memory here and what is in the database may differ, if something failed. */
  @Scheduled(
      initialDelayString = "${marketplace.dispatch.reconcile-every:5s}",
      fixedDelayString = "${marketplace.dispatch.reconcile-every:5s}")
  void reconcile() {
    takeOverWhatIsLeft();
    reconcileOpen();
    reconcileExecuted();
  }

  /**
   * Finds open jobs of this replica that are neither waiting nor in anybody's hand. A page at a
   * time; a job counts as lost when it is seen so in two rounds. It may have a lease that was
   * committed, though the answer was an error.
   */
  private void reconcileOpen() {
    List<Job> page = jobs.withoutEndAfter(cursor, AT_ONCE);
    List<Job> lost = new ArrayList<>();
    for (Job job : page) {
      if (!floor.knows(job.id())) {
        unknown.add(job.id());
        if (suspects.contains(job.id())) {
          lost.add(job);
        }
      }
    }
    if (page.size() < AT_ONCE) {
      cursor = Optional.empty();
      suspects = Set.copyOf(unknown);
      unknown.clear();
    } else {
      cursor = Optional.of(page.getLast().id());
    }
    if (!lost.isEmpty()) {
      LOG.atWarn().addKeyValue("jobs", lost.size()).log("Open jobs that nobody had go on");
      resume(lost);
    }
  }

  /**
   * Finds leases here whose jobs have ended: one was written while its job ended, or the end was
   * not heard of. Those that are seen so in two rounds, for others are about to be forgotten.
   */
  private void reconcileExecuted() {
    List<JobId> executed =
        live.begunBefore(clock.instant().minus(BEING_WRITTEN)).stream()
            .map(lease -> lease.job().id())
            .distinct()
            .toList();
    Set<JobId> ended = new HashSet<>();
    for (int from = 0; from < executed.size(); from += AT_ONCE) {
      ended.addAll(
          jobs.ends(executed.subList(from, Math.min(from + AT_ONCE, executed.size()))).keySet());
    }
    List<JobId> left = ended.stream().filter(over::contains).toList();
    over = ended;
    if (!left.isEmpty()) {
      LOG.atWarn().addKeyValue("jobs", left.size()).log("Jobs were executed that have ended");
      attempts.leave(left);
    }
  }

  private void resume(List<Job> some) {
    if (some.isEmpty()) {
      return;
    }
    Map<JobId, AttemptHistory> histories =
        AttemptHistory.of(assignments.of(some.stream().map(Job::id).toList()));
    List<LiveLease> executing =
        leases.known(
            histories.values().stream()
                .flatMap(history -> history.live().stream())
                .filter(row -> !isWatched(row))
                .toList());
    // A worker that lived while we did not must have time to say so.
    Instant lapsesAt = clock.instant().plus(settings.silence());
    for (LiveLease lease : executing) {
      if (live.find(lease.ref()).isEmpty()) {
        others.takenOver(lease);
        live.takeOver(lease, lapsesAt);
        if (assignments.cancelled(Set.of(lease.job().id())).contains(lease.job().id())) {
          live.cancel(lease.ref());
        }
      }
    }
    attempts.goOn(some.stream().filter(job -> !floor.knows(job.id())).toList());
  }

  /** Who gave it and lives hears its heartbeats, and lets it lapse. */
  private boolean isWatched(AssignmentRow row) {
    return row.replica()
        .filter(other -> !other.equals(replica.id()) && replicas.alive().contains(other))
        .isPresent();
  }
}
