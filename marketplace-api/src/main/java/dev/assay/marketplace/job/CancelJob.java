package dev.assay.marketplace.job;

import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import java.time.Clock;
import java.util.List;
import org.springframework.stereotype.Service;

/**
 * Takes a job back. Free while nobody works on it: else a requester could have workers compute for
 * nothing. A chat that somebody works on ends with what there is, which is paid; other work is let
 * finish.
 */
@Service
class CancelJob {
  private final EndJobs endings;
  private final JobProgress progress;
  private final Clock clock;

  CancelJob(EndJobs endings, JobProgress progress, Clock clock) {
    this.endings = endings;
    this.progress = progress;
    this.clock = clock;
  }

  /**
   * Does nothing to a job that has ended.
   *
   * @throws Problem {@link ProblemType#JOB_EXECUTING} while a worker has it
   */
  void cancel(Job job) {
    switch (progress.stop(job)) {
      case IDLE -> endings.endNow(List.of(new JobEnd.Cancelled(job.id(), clock.instant())));
      case ENDS_EARLY -> {
        // Its worker attests what there is, or its attempt ends without a result and the job too.
      }
      case UNSTOPPABLE ->
          throw new Problem(
              ProblemType.JOB_EXECUTING,
              "A worker executes it now. It ends by itself, at the latest %s."
                  .formatted(job.deadline()));
    }
  }
}
