package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.dispatch.AttemptEnd.Reason;
import dev.assay.marketplace.job.EndJobs;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.job.JobEnded;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.OpenJob;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionOperations;

/** Ends attempts, and lets their jobs go on: to the next worker, or to an end without result. */
@Service
public class EndAttempts {
  private static final Logger LOG = LoggerFactory.getLogger(EndAttempts.class);

  private static final int MOST_HAND_BACKS = 2;

  private final Assignments assignments;
  private final LiveLeases live;
  private final FindJobs jobs;
  private final EndJobs endings;
  private final Floor floor;
  private final JobFeeds feeds;
  private final DispatchSettings settings;
  private final TransactionOperations transaction;
  private final Clock clock;

  EndAttempts(
      Assignments assignments,
      LiveLeases live,
      FindJobs jobs,
      EndJobs endings,
      Floor floor,
      JobFeeds feeds,
      DispatchSettings settings,
      TransactionOperations transaction,
      Clock clock) {
    this.assignments = assignments;
    this.live = live;
    this.jobs = jobs;
    this.endings = endings;
    this.floor = floor;
    this.feeds = feeds;
    this.settings = settings;
    this.transaction = transaction;
    this.clock = clock;
  }

  /**
   * Attempts that had results, within the caller's transaction.
   *
   * @return those that had no end before; only their results count
   */
  public Set<LiveLease> attested(List<LiveLease> leases) {
    Set<Assignments.Key> ended =
        assignments.end(leases.stream().map(lease -> end(lease, Reason.ATTESTED, "")).toList());
    return leases.stream()
        .filter(lease -> ended.contains(new Assignments.Key(lease.job().id(), lease.attempt())))
        .collect(Collectors.toSet());
  }

  /** After the commit of {@link #attested}. */
  public void forget(LiveLease lease) {
    if (live.remove(lease)) {
      floor.done(lease.proposal());
      floor.took(lease.proposal().offer(), Duration.between(lease.began(), clock.instant()));
    }
  }

  /** Attempts without a result: each job goes to the next worker, or has had enough. */
  void without(List<LiveLease> leases, Reason reason, String because) {
    Set<Assignments.Key> ended =
        Objects.requireNonNull(
            transaction.execute(_ ->
                assignments.end(
                    leases.stream().map(lease -> end(lease, reason, because)).toList())));
    for (LiveLease lease : leases) {
      if (live.remove(lease)) {
        floor.done(lease.proposal());
      }
    }
    List<JobId> goOn =
        leases.stream()
            .filter(lease -> ended.contains(new Assignments.Key(lease.job().id(), lease.attempt())))
            .map(lease -> lease.job().id())
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
    Set<Assignments.Key> ended =
        Objects.requireNonNull(transaction.execute(_ -> assignments.end(ends)));
    goOn(jobs.withoutEnd(ended.stream().map(Assignments.Key::job).toList()));
  }

  /** Lets jobs that nobody executes go on, as what happened to them so far demands. */
  void goOn(List<Job> open) {
    Map<JobId, List<Assignments.AssignmentRow>> attempts =
        assignments.of(open.stream().map(Job::id).toList()).stream()
            .collect(Collectors.groupingBy(row -> row.key().job()));
    for (Job job : open) {
      List<Assignments.AssignmentRow> rows = attempts.getOrDefault(job.id(), List.of());
      Set<WalletAddress> failed = new HashSet<>();
      Map<WalletAddress, Integer> left = new HashMap<>();
      int last = 0;
      boolean isExecuting = false;
      for (Assignments.AssignmentRow row : rows) {
        last = Math.max(last, row.key().attempt());
        isExecuting |= row.end().isEmpty();
        if (row.end().map(end -> end.reason().isFailure()).orElse(false)) {
          failed.add(row.worker());
        } else {
          left.merge(row.worker(), 1, Integer::sum);
        }
      }
      if (isExecuting) {
        continue; // it ends by itself, or the sweep ends it
      }
      // Who gives back again and again is no longer asked, though it is not held against it.
      Set<WalletAddress> tried = new HashSet<>(failed);
      left.forEach((worker, times) -> {
        if (times >= MOST_HAND_BACKS) {
          tried.add(worker);
        }
      });
      Set<WalletAddress> only = job.wishes().only();
      boolean isLeftToNobody = !only.isEmpty() && tried.containsAll(only);
      if (failed.size() >= settings.tries() || last >= settings.attempts() || isLeftToNobody) {
        endings.endNow(
            List.of(
                new JobEnd.Unserved(
                    job.id(),
                    clock.instant(),
                    "%d attempts were made at it, %d workers failed on it, and none answered."
                        .formatted(last, failed.size()))));
      } else {
        feeds.tell(job.id(), "open", "");
        floor.open(new OpenJob(job, last + 1, tried));
      }
    }
  }

  /** A job that has ended otherwise: whoever executes it is told at its next heartbeat. */
  @EventListener
  void on(JobEnded ended) {
    JobId job = ended.end().job();
    if (ended.end() instanceof JobEnd.Attested) {
      return; // its attempt has its own end
    }
    live.ofJob(job)
        .ifPresent(lease -> without(List.of(lease), Reason.WITHDRAWN, ended.end().because()));
    floor.withdraw(job);
  }

  private AttemptEnd end(LiveLease lease, Reason reason, String because) {
    return new AttemptEnd(lease.job().id(), lease.attempt(), reason, because, clock.instant());
  }
}
