package dev.assay.marketplace.job;

import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.JobId;
import java.time.Clock;
import java.util.List;
import org.springframework.stereotype.Service;

/**
 * Takes a job back. Free while nobody works on it: else a requester could have workers compute for
 * nothing. A chat that somebody works on ends with what there is, which is paid; other work is let
 * finish.
 */
@Service
public class CancelJob {
  private final EndJobs endings;
  private final Jobs jobs;
  private final Quorums quorums;
  private final JobProgress progress;
  private final Clock clock;

  CancelJob(EndJobs endings, Jobs jobs, Quorums quorums, JobProgress progress, Clock clock) {
    this.endings = endings;
    this.jobs = jobs;
    this.quorums = quorums;
    this.progress = progress;
    this.clock = clock;
  }

  /**
   * Does nothing to a job that has ended.
   *
   * @throws Problem {@link ProblemType#JOB_EXECUTING} while a worker has it
   */
  public void cancel(Job job) {
    if (job.checking().verification().isHeldBack()) {
      cancelVoices(job);
      return;
    }
    switch (progress.stop(job)) {
      case IDLE -> endings.endNow(List.of(new JobEnd.Cancelled(job.id(), clock.instant())));
      case ENDS_EARLY -> {
        // Its worker attests what there is, or its attempt ends without a result and the job too.
      }
      case UNSTOPPABLE -> throw executing(job);
    }
  }

  /** All or none: a quorum of which some were taken back could never agree. */
  private void cancelVoices(Job job) {
    Quorums.Quorum quorum = quorums.of(List.of(job.id())).get(job.id());
    List<JobId> voices = quorum == null ? List.of(job.id()) : quorum.voices();
    List<Job> open = jobs.withoutEnd(voices);
    if (open.isEmpty()) {
      if (quorum != null && quorum.decision().isEmpty()) {
        throw executing(job); // all have answered, and what counts is not found yet
      }
      return;
    }
    boolean isBegun =
        open.size() < voices.size() || progress.isAnyExecuted(open.stream().map(Job::id).toList());
    if (isBegun) {
      throw executing(job);
    }
    endings.endNow(
        open.stream()
            .<JobEnd>map(voice -> new JobEnd.Cancelled(voice.id(), clock.instant()))
            .toList());
  }

  private static Problem executing(Job job) {
    return new Problem(
        ProblemType.JOB_EXECUTING,
        "A worker executes it now. It ends by itself, at the latest %s.".formatted(job.deadline()));
  }
}
