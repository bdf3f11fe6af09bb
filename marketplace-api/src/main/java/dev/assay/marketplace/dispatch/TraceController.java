package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.dispatch.Assignments.AssignmentRow;
import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.MatchTrace;
import dev.assay.marketplace.matching.OpenJob;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** What happens to a job: who has had it, why others have not, and what comes next. */
@RestController
class TraceController {
  private final FindJobs jobs;
  private final Assignments assignments;
  private final Floor floor;
  private final JobFeeds feeds;

  TraceController(FindJobs jobs, Assignments assignments, Floor floor, JobFeeds feeds) {
    this.jobs = jobs;
    this.assignments = assignments;
    this.floor = floor;
    this.feeds = feeds;
  }

  /**
   * @param attempts so far, in order
   * @param now how each worker that offers the model stands to the job at this moment
   */
  record TraceBody(List<AttemptBody> attempts, MatchTrace now) {}

  /**
   * @param ended {@code attested}, {@code lapsed}, {@code left}, {@code failed} or {@code
   *     withdrawn}; null while it runs
   */
  record AttemptBody(
      int attempt,
      WalletAddress worker,
      TokenAmount price,
      Instant assignedAt,
      Instant deadline,
      @Nullable String ended,
      @Nullable String because,
      @Nullable Instant endedAt) {
    static AttemptBody of(AssignmentRow row) {
      AttemptEnd end = row.end().orElse(null);
      return new AttemptBody(
          row.key().attempt(),
          row.worker(),
          row.price(),
          row.assignedAt(),
          row.deadline(),
          end == null ? null : end.reason().label(),
          end == null ? null : end.because(),
          end == null ? null : end.at());
    }
  }

  /**
   * Follows a job until it ends: a stream of server-sent events, each named by the job's status,
   * the first at once.
   */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/api/jobs/{id}/events")
  SseEmitter events(Caller caller, @PathVariable String id) {
    return feeds.follow(jobs.find(caller.wallet(), id));
  }

  /** Which workers have had the job, and why each of the others has not. */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/api/jobs/{id}/match-trace")
  TraceBody trace(Caller caller, @PathVariable String id) {
    Job job = jobs.find(caller.wallet(), id);
    List<AssignmentRow> attempts = assignments.of(Set.of(job.id()));
    Set<WalletAddress> failed =
        attempts.stream()
            .filter(row -> row.end().map(end -> end.reason().isFailure()).orElse(false))
            .map(AssignmentRow::worker)
            .collect(Collectors.toSet());
    return new TraceBody(
        attempts.stream().map(AttemptBody::of).toList(),
        floor.trace(new OpenJob(job, attempts.size() + 1, failed)));
  }
}
