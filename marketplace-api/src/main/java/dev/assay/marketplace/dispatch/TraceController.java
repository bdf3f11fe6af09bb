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
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/** What happens to a job: who has had it, why others have not, and what comes next. */
@RestController
class TraceController {
  private static final Duration LONGEST_FEED = Duration.ofMinutes(10);

  /** Proxies cut what is silent. */
  private static final Duration SILENCE = Duration.ofSeconds(15);

  private final FindJobs jobs;
  private final Assignments assignments;
  private final Floor floor;
  private final JobFeeds feeds;
  private final JsonMapper json;
  private final Clock clock;

  TraceController(
      FindJobs jobs,
      Assignments assignments,
      Floor floor,
      JobFeeds feeds,
      JsonMapper json,
      Clock clock) {
    this.json = json;
    this.clock = clock;
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
   * @param isHedge whether another attempt was live when this one was given
   * @param ended {@code attested}, {@code lapsed}, {@code left}, {@code failed}, {@code withdrawn}
   *     or {@code superseded}; null while it runs
   */
  record AttemptBody(
      int attempt,
      WalletAddress worker,
      TokenAmount price,
      Instant assignedAt,
      Instant deadline,
      boolean isHedge,
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
          row.isHedge(),
          end == null ? null : end.reason().label(),
          end == null ? null : end.because(),
          end == null ? null : end.at());
    }
  }

  /**
   * Follows a job until it ends: server-sent events, each named by the job's status or {@code
   * piece}, the first at once. Written by this request's own thread: whoever reads slowly holds up
   * nobody else.
   */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/api/jobs/{id}/events")
  void events(Caller caller, @PathVariable String id, HttpServletResponse response) {
    try (JobFeeds.Following job = feeds.follow(jobs.find(caller.wallet(), id))) {
      response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
      response.setCharacterEncoding(StandardCharsets.UTF_8.name());
      response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
      ServletOutputStream out = response.getOutputStream();
      Instant until = clock.instant().plus(LONGEST_FEED);
      while (!job.isDone() && clock.instant().isBefore(until)) {
        String event = job.next(SILENCE).map(this::written).orElse(": still here\n\n");
        out.write(event.getBytes(StandardCharsets.UTF_8));
        out.flush();
      }
    } catch (IOException gone) {
      // Nobody reads any more.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String written(JobEvent event) {
    String name =
        switch (event) {
          case JobEvent.Status status -> status.status();
          case JobEvent.Piece _ -> "piece";
        };
    return "event: %s\ndata: %s\n\n".formatted(name, json.writeValueAsString(event));
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
