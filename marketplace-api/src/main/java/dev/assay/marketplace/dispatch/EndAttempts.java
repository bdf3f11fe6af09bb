package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.dispatch.AttemptEnd.Reason;
import dev.assay.marketplace.job.EndJobs;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.job.JobEnded;
import dev.assay.marketplace.job.JobsEndedElsewhere;
import dev.assay.marketplace.matching.Exposures;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.InHand;
import dev.assay.marketplace.matching.OpenJob;
import dev.assay.marketplace.offer.Offer;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.OneTrip.Answer;
import dev.assay.marketplace.platform.Transactions;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.AttemptRef;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Service;

/** Ends attempts, and lets their jobs go on: to the next worker, or to an end without result. */
@Service
public class EndAttempts {
  private static final Logger LOG = LoggerFactory.getLogger(EndAttempts.class);

  private final Assignments assignments;
  private final LiveLeases live;
  private final FindJobs jobs;
  private final EndJobs endings;
  private final Floor floor;
  private final InHand inHand;
  private final Exposures exposures;
  private final AttemptTimes times;
  private final JobFeeds feeds;
  private final TellWaiting waiting;
  private final OtherReplicas others;
  private final Notices notices;
  private final ApplicationEventPublisher events;
  private final DispatchSettings settings;
  private final Transactions transactions;
  private final Clock clock;

  EndAttempts(
      Assignments assignments,
      LiveLeases live,
      FindJobs jobs,
      EndJobs endings,
      Floor floor,
      InHand inHand,
      Exposures exposures,
      AttemptTimes times,
      JobFeeds feeds,
      TellWaiting waiting,
      OtherReplicas others,
      Notices notices,
      ApplicationEventPublisher events,
      DispatchSettings settings,
      Transactions transactions,
      Clock clock) {
    this.assignments = assignments;
    this.live = live;
    this.jobs = jobs;
    this.endings = endings;
    this.floor = floor;
    this.inHand = inHand;
    this.exposures = exposures;
    this.times = times;
    this.feeds = feeds;
    this.waiting = waiting;
    this.others = others;
    this.notices = notices;
    this.events = events;
    this.settings = settings;
    this.transactions = transactions;
    this.clock = clock;
  }

  /**
   * Attempts that had results, within the caller's transaction.
   *
   * @return after the trip, how many of them had no end before; only their results count
   */
  public IntSupplier attested(List<LiveLease> leases, OneTrip trip) {
    Answer<Assignments.Key> ended =
        assignments.end(
            leases.stream().map(lease -> end(lease, Reason.ATTESTED, "")).toList(), trip);
    return () -> ended.rows().size();
  }

  /** After the commit of {@link #attested}; the job's end is what other replicas are told. */
  public void forget(List<LiveLease> leases) {
    for (LiveLease lease : leases) {
      live.remove(lease);
      others.ended(lease.job().id(), OtherReplicas.ALL);
      Duration took = Duration.between(lease.began(), clock.instant());
      Offer offer = lease.proposal().offer();
      inHand.took(offer, took, exposures.of(offer).isProven());
      times.took(lease.job(), took);
    }
    haveRoom(leases);
  }

  /** Whose hands were full, and who waits nevertheless, may have what waits for it. */
  private void haveRoom(List<LiveLease> over) {
    floor.lookAgain(over.stream().map(LiveLease::worker).collect(Collectors.toSet()));
  }

  /** Whether another attempt at the job, live beside this one, had a result first. */
  public boolean isSuperseded(AttemptRef ref, WalletAddress worker) {
    return assignments.isSuperseded(ref, worker);
  }

  /** Whether its requester wants no more of the job. */
  public boolean isCancelled(LiveLease lease) {
    return assignments.cancelled(Set.of(lease.job().id())).contains(lease.job().id());
  }

  /** An attempt whose result is not what its worker had streamed. */
  public void diverged(LiveLease lease) {
    without(List.of(lease), Reason.FAILED, "Its result is not what it had streamed.");
  }

  /** Attempts without a result: each job goes to the next worker, or has had enough. */
  void without(List<LiveLease> leases, Reason reason, String because) {
    Set<Assignments.Key> ended =
        end(leases.stream().map(lease -> end(lease, reason, because)).toList());
    for (LiveLease lease : leases) {
      live.remove(lease);
      others.ended(lease.job().id(), lease.attempt());
      notices.tell(Notice.AttemptOver.of(lease));
      feeds.drop(lease.job().id(), lease.attempt());
    }
    haveRoom(leases);
    List<JobId> goOn =
        leases.stream()
            .filter(lease -> ended.contains(lease.key()))
            .map(l -> l.job().id())
            .toList();
    if (!goOn.isEmpty()) {
      LOG.atInfo()
          .addKeyValue("attempts", goOn.size())
          .addKeyValue("reason", reason.label())
          .log("Attempts ended without a result");
      goOn(jobs.withoutEnd(goOn));
    }
  }

  /** Attempts that this process does not know, because their commit was answered with an error. */
  void forgotten(List<Assignments.AssignmentRow> rows, String because) {
    List<AttemptEnd> ends =
        rows.stream()
            .map(row ->
                new AttemptEnd(
                    row.key().job(), row.key().attempt(), Reason.LAPSED, because, clock.instant()))
            .toList();
    Set<Assignments.Key> ended = end(ends);
    goOn(jobs.withoutEnd(ended.stream().map(Assignments.Key::job).toList()));
  }

  /** Lets jobs that nobody executes go on, as what happened to them so far demands. */
  void goOn(List<Job> open) {
    if (open.isEmpty()) {
      return;
    }
    List<JobId> ids = open.stream().map(Job::id).toList();
    Map<JobId, AttemptHistory> histories = AttemptHistory.of(assignments.of(ids));
    Set<JobId> cancelled = assignments.cancelled(ids);
    List<Job> again = new ArrayList<>();
    List<JobEnd> over = new ArrayList<>();
    for (Job job : open) {
      AttemptHistory history = histories.getOrDefault(job.id(), AttemptHistory.NONE);
      if (history.isExecuting()) {
        continue; // it ends by itself, or the sweep ends it
      }
      if (cancelled.contains(job.id())) {
        over.add(new JobEnd.Cancelled(job.id(), clock.instant()));
      } else if (history.failed().size() >= settings.tries()
          || history.last() >= settings.attempts()
          || history.isLeftToNobody(job)) {
        over.add(
            new JobEnd.Unserved(
                job.id(),
                clock.instant(),
                "%d attempts were made at it, %d workers failed on it, and none answered."
                    .formatted(history.last(), history.failed().size())));
      } else {
        again.add(job);
      }
    }
    if (!over.isEmpty()) {
      endings.endNow(over);
    }
    if (again.isEmpty()) {
      return;
    }
    jobs.takeOver(again.stream().map(Job::id).toList());
    for (Job job : again) {
      feeds.open(job.id());
      open(histories.getOrDefault(job.id(), AttemptHistory.NONE).next(job));
    }
  }

  /** To a worker that waits here, else to whoever comes first, here or at another replica. */
  void open(OpenJob open) {
    if (!floor.open(open)) {
      waiting.tell(open);
    }
  }

  /** A job that has ended: whoever still executes it is told at its next heartbeat. */
  @EventListener
  void on(JobEnded ended) {
    notices.tell(Notice.Ended.of(ended.end()));
    leave(ended.end());
  }

  @EventListener
  void on(NoticeText.Heard heard) {
    Set<JobId> ended =
        heard.notices().stream()
            .flatMap(notice ->
                notice instanceof Notice.Ended end ? Stream.of(end.job()) : Stream.empty())
            .collect(Collectors.toSet());
    if (ended.isEmpty()) {
      return;
    }
    events.publishEvent(new JobsEndedElsewhere(ended));
    List<JobId> known =
        ended.stream().filter(job -> !live.ofJob(job).isEmpty() || floor.knows(job)).toList();
    if (!known.isEmpty()) {
      try {
        leave(known);
      } catch (DataAccessException away) { // whoever else hears the same must hear it
        LOG.atInfo()
            .setCause(away)
            .addKeyValue("jobs", known.size())
            .log("How jobs ended elsewhere could not be read; their workers are told at the end");
      }
    }
  }

  /** Jobs whose leases were written while they ended, or of whose end was not heard. */
  void leave(Collection<JobId> ended) {
    jobs.ends(ended).values().forEach(this::leave);
  }

  private void leave(JobEnd end) {
    List<LiveLease> left = live.ofJob(end.job());
    if (!left.isEmpty()) {
      boolean isAttested = end instanceof JobEnd.Attested;
      without(
          left,
          isAttested ? Reason.SUPERSEDED : Reason.WITHDRAWN,
          isAttested ? "Another attempt had a result first." : end.because());
    }
    floor.withdraw(end.job());
  }

  /**
   * @return those that had no end before
   */
  private Set<Assignments.Key> end(List<AttemptEnd> ends) {
    return transactions.commit(trip -> {
      Answer<Assignments.Key> ended = assignments.end(ends, trip);
      return () -> Set.copyOf(ended.rows());
    });
  }

  private AttemptEnd end(LiveLease lease, Reason reason, String because) {
    return new AttemptEnd(lease.job().id(), lease.attempt(), reason, because, clock.instant());
  }
}
