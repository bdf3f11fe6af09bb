package dev.assay.marketplace.job;

import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import org.springframework.stereotype.Service;

/**
 * Takes a job back. Free, hence only while nobody works on it: else a requester could have workers
 * compute for nothing.
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
    if (progress.executing(Set.of(job.id())).contains(job.id())) {
      throw new Problem(
          ProblemType.JOB_EXECUTING,
          "A worker executes it now. It ends by itself, at the latest %s."
              .formatted(job.deadline()));
    }
    endings.endNow(List.of(new JobEnd.Cancelled(job.id(), clock.instant())));
  }
}
