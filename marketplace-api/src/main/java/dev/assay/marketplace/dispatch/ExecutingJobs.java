package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.JobProgress;
import dev.assay.marketplace.matching.InHand;
import dev.assay.protocol.JobId;
import dev.assay.protocol.content.JobKind;
import java.time.Clock;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Which jobs are executed, and how they are stopped. */
@Component
class ExecutingJobs implements JobProgress {
  private final InHand inHand;
  private final LiveLeases live;
  private final Assignments assignments;
  private final Notices notices;
  private final Clock clock;

  ExecutingJobs(
      InHand inHand, LiveLeases live, Assignments assignments, Notices notices, Clock clock) {
    this.inHand = inHand;
    this.live = live;
    this.assignments = assignments;
    this.notices = notices;
    this.clock = clock;
  }

  @Override
  public Set<JobId> executing(Collection<JobId> jobs) {
    return jobs.stream()
        .filter(job -> !inHand.leased(job).isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** By the database: that somebody computes for nothing must not depend on what is told. */
  @Override
  public boolean isAnyExecuted(Collection<JobId> jobs) {
    return AttemptHistory.of(assignments.of(jobs)).values().stream()
        .anyMatch(AttemptHistory::isExecuting);
  }

  @Override
  public Stop stop(Job job) {
    if (!isAnyExecuted(Set.of(job.id()))) {
      return Stop.IDLE;
    }
    if (job.kind() != JobKind.CHAT) {
      return Stop.UNSTOPPABLE;
    }
    assignments.cancel(job.id(), clock.instant());
    live.ofJob(job.id()).forEach(lease -> live.cancel(lease.ref()));
    notices.tell(new Notice.Cancelled(job.id()));
    // If the attempt ended meanwhile, nobody may have seen that the job is cancelled.
    return isAnyExecuted(Set.of(job.id())) ? Stop.ENDS_EARLY : Stop.IDLE;
  }
}
