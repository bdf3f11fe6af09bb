package dev.assay.marketplace.job;

import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.platform.IdempotencyKey;
import dev.assay.marketplace.platform.Page;
import dev.assay.marketplace.platform.PageSize;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.JobId;
import dev.assay.protocol.content.JobInput;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/jobs} and {@code /api/quotes}: requesters post work and get answers. */
@RestController
class JobController {
  private static final Pattern WAIT = Pattern.compile("\\s*wait\\s*=\\s*([0-9]{1,4})\\s*");

  private final QuoteJob quotes;
  private final PostJob posting;
  private final FindJobs jobs;
  private final CancelJob cancelling;
  private final JobWaiters waiters;
  private final JobSettings settings;

  JobController(
      QuoteJob quotes,
      PostJob posting,
      FindJobs jobs,
      CancelJob cancelling,
      JobWaiters waiters,
      JobSettings settings) {
    this.quotes = quotes;
    this.posting = posting;
    this.jobs = jobs;
    this.cancelling = cancelling;
    this.waiters = waiters;
    this.settings = settings;
  }

  /** The body of {@code POST /api/quotes}. */
  record QuoteRequest(
      String model,
      JobInput input,
      @Nullable Wishes provider,
      @Nullable Verification verification) {
    /** Without the input, which is the requester's own. */
    @Override
    public String toString() {
      return "QuoteRequest[model=%s]".formatted(model);
    }
  }

  /** What a job would cost at most, and whether anybody would do it. Nothing is held or written. */
  @Refuses({ProblemType.UNKNOWN_MODEL, ProblemType.NO_WORKER, ProblemType.PAUSED})
  @PostMapping(path = "/api/quotes", consumes = MediaType.APPLICATION_JSON_VALUE)
  Quote quote(Caller caller, @RequestBody QuoteRequest request) {
    return quotes.quote(
        request.model(),
        request.input(),
        Optional.ofNullable(request.provider()).orElse(Wishes.NONE),
        Optional.ofNullable(request.verification()).orElse(Verification.SPOT));
  }

  /**
   * Posts a job and holds its money. The same post again, by {@code id} or {@code Idempotency-Key},
   * is the same job.
   *
   * @param requestKey names the post if the body has no {@code id}; keep it before sending
   * @param prefer {@code wait=SECONDS} answers when the job has ended, or after as long (RFC 7240);
   *     what else it says is ignored
   */
  @Refuses({
    ProblemType.UNKNOWN_MODEL,
    ProblemType.INSUFFICIENT_FUNDS,
    ProblemType.BUDGET_EXHAUSTED,
    ProblemType.IDEMPOTENCY_CONFLICT,
    ProblemType.PRICE_TOO_LOW,
    ProblemType.NO_WORKER,
    ProblemType.TOO_MANY_OPEN_JOBS,
    ProblemType.TOO_MUCH_KEPT,
    ProblemType.PAUSED
  })
  @PostMapping(path = "/api/jobs", consumes = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<JobBody> post(
      Caller caller,
      @RequestHeader(name = IdempotencyKey.HEADER, required = false) @Nullable String requestKey,
      @RequestHeader(name = "Prefer", required = false) @Nullable String prefer,
      @RequestBody PostJobRequest request) {
    Duration patience = patience(prefer);
    PostJob.PostedJob posted = posting.post(caller, request, IdempotencyKey.checked(requestKey));
    JobBody body =
        patience.isZero() && !posted.isReplay()
            ? jobs.bodyOfNew(posted.job())
            : await(posted.job(), patience, !posted.isReplay());
    var answer =
        ResponseEntity.status(body.endedAt() == null ? HttpStatus.ACCEPTED : HttpStatus.OK)
            .header(HttpHeaders.LOCATION, "/api/jobs/" + posted.job().id());
    if (posted.isReplay()) {
      answer.header("Idempotent-Replayed", "true");
    }
    return answer.body(body);
  }

  /**
   * The requester's jobs, the newest first, without their results.
   *
   * @param after the id of the last job of the page before
   */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/api/jobs")
  Page<JobBody> list(
      Caller caller,
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(defaultValue = PageSize.DEFAULT) PageSize limit) {
    Optional<JobId> from = Page.after(after, JobId::parse);
    return Page.of(jobs.list(caller.wallet(), from, limit.andOneMore()), limit);
  }

  /**
   * A job as it is now; with its result if it was waited for.
   *
   * @param prefer {@code wait=SECONDS} answers when the job has ended, or after as long (RFC 7240);
   *     what else it says is ignored
   */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/api/jobs/{id}")
  JobBody get(
      Caller caller,
      @PathVariable String id,
      @RequestHeader(name = "Prefer", required = false) @Nullable String prefer) {
    Duration patience = patience(prefer);
    return await(jobs.find(caller.wallet(), id), patience, false);
  }

  /**
   * A job's result.
   *
   * @param encoding of vectors: {@code float} for arrays of numbers, {@code base64} for 32-bit
   *     floats, little-endian, one vector after another
   */
  @Refuses({ProblemType.NOT_FOUND, ProblemType.NO_RESULT_YET, ProblemType.NO_RESULT})
  @GetMapping("/api/jobs/{id}/result")
  ResultBody result(
      Caller caller,
      @PathVariable String id,
      @RequestParam(defaultValue = "float") String encoding) {
    boolean isPacked =
        switch (encoding) {
          case "float" -> false;
          case "base64" -> true;
          default ->
              throw new Problem(ProblemType.INVALID_PARAMETER, "encoding is 'float' or 'base64'.");
        };
    return jobs.result(jobs.find(caller.wallet(), id), isPacked);
  }

  /**
   * Takes a job back while no worker executes it. A job that has ended stays as it is, and is the
   * answer.
   */
  @Refuses({ProblemType.NOT_FOUND, ProblemType.JOB_EXECUTING})
  @PostMapping("/api/jobs/{id}/cancel")
  JobBody cancel(Caller caller, @PathVariable String id) {
    Job job = jobs.find(caller.wallet(), id);
    cancelling.cancel(job);
    return jobs.body(job);
  }

  private JobBody await(Job job, Duration patience, boolean isNew) {
    if (patience.isZero()) {
      return jobs.body(job);
    }
    return jobs.bodyWithResult(
        job, isNew ? waiters.awaitNew(job, patience) : waiters.await(job, patience));
  }

  /** RFC 7240; what we do not know there is ignored, as it asks. */
  private Duration patience(@Nullable String prefer) {
    if (prefer == null) {
      return Duration.ZERO;
    }
    for (String preference : prefer.split(",", 16)) {
      var wait = WAIT.matcher(preference);
      if (wait.matches()) {
        var wanted = Duration.ofSeconds(Integer.parseInt(wait.group(1)));
        return wanted.compareTo(settings.waiting()) < 0 ? wanted : settings.waiting();
      }
    }
    return Duration.ZERO;
  }
}
