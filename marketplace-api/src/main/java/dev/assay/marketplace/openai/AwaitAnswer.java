package dev.assay.marketplace.openai;

import dev.assay.marketplace.identity.MarketContracts;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.FindJobs.Answered;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.JobBody;
import dev.assay.marketplace.job.JobEnded;
import dev.assay.marketplace.job.JobWaiters;
import dev.assay.marketplace.openai.PlaceOrder.Placed;
import dev.assay.marketplace.platform.HangUp;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.content.JobOutput;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.springframework.stereotype.Service;

/** Waits for a job's answer, and says why there is none. */
@Service
class AwaitAnswer {
  /** Its end is looked for as often even if nobody tells. */
  private static final Duration STEP = Duration.ofSeconds(15);

  /** Jobs end soon after their deadline; one that does not is waited for no longer. */
  private static final Duration GRACE = Duration.ofMinutes(1);

  private final JobWaiters waiters;
  private final LetGo letting;
  private final FindJobs jobs;
  private final MarketContracts.Token token;
  private final Clock clock;

  AwaitAnswer(
      JobWaiters waiters, LetGo letting, FindJobs jobs, MarketContracts contracts, Clock clock) {
    this.waiters = waiters;
    this.letting = letting;
    this.jobs = jobs;
    this.token = contracts.token();
    this.clock = clock;
  }

  /** An output, and all that is known of it. */
  record Answer(JobBody body, JobOutput output, MarketNote market) {}

  /**
   * Waits for it; if the sender hangs up, it is let go.
   *
   * @return none if it was joined, and has not ended whole because somebody else had hung up
   * @throws Problem if it ends without a result, and for nobody to hear if its sender has hung up
   */
  Optional<Answer> await(Placed placed, HttpServletRequest request) {
    Job job = placed.job();
    boolean isNew = !placed.isReplay();
    while (true) {
      Optional<JobEnded> told = waiters.await(job, STEP, isNew, () -> !HangUp.hasHappened(request));
      isNew = false;
      var answered = jobs.answer(job, told);
      if (answered.isPresent()) {
        return isTakenBack(answered.get()) && letting.hasGone(placed)
            ? Optional.empty()
            : Optional.of(of(job, answered.get()));
      }
      if (!waiters.isRunning()) {
        throw stopping(job);
      }
      Optional<Problem> givenUp = givenUp(job);
      if (givenUp.isPresent()) {
        throw givenUp.get();
      }
      if (HangUp.hasHappened(request)) {
        waiters.await(job, LetGo.SENT_AGAIN_WITHIN);
        letting.go(placed);
        throw new Problem(
            ProblemType.NO_RESULT, "Nobody waits here any more for %s.".formatted(job.id()));
      }
    }
  }

  /** Why a job that has no end is waited for no longer; nothing while one may come. */
  Optional<Problem> givenUp(Job job) {
    return clock.instant().isAfter(job.deadline().plus(GRACE))
        ? Optional.of(
            new Problem(
                ProblemType.DEADLINE_EXCEEDED,
                "%s has no end, though its deadline has passed.".formatted(job.id())))
        : Optional.empty();
  }

  private static boolean isTakenBack(Answered answered) {
    return answered.body().status().equals("cancelled")
        || answered.output().map(PlaceOrder::isCutShort).orElse(false);
  }

  /** Whether it was joined, and has not ended whole because somebody else had hung up. */
  boolean isTakenBack(Placed placed) {
    return letting.hasGone(placed)
        && jobs.answer(placed.job()).map(AwaitAnswer::isTakenBack).orElse(false);
  }

  /**
   * Of a job that has ended.
   *
   * @param told how, if that was told
   * @throws Problem if it ended without a result
   */
  Answer of(Job job, Optional<JobEnded> told) {
    return of(
        job,
        jobs.answer(job, told)
            .orElseThrow(() -> new IllegalStateException(job.id() + " has not ended")));
  }

  static Problem stopping(Job job) {
    return new Problem(
        ProblemType.UNAVAILABLE,
        "The market is being started anew; %s goes on. Send the request again: it is answered by the same job."
            .formatted(job.id()));
  }

  private Answer of(Job job, Answered answered) {
    JobBody body = answered.body();
    String because = Objects.requireNonNullElse(body.because(), "");
    switch (body.status()) {
      case "attested" -> {
        JobOutput output =
            answered
                .output()
                .orElseThrow(() ->
                    new Problem(
                        ProblemType.NO_RESULT,
                        "The result of %s is no longer kept.".formatted(job.id())));
        return new Answer(body, output, note(body));
      }
      case "cancelled" ->
          throw new Problem(
              ProblemType.NO_RESULT, "%s was cancelled: no result.".formatted(job.id()));
      case "expired" ->
          throw new Problem(
              ProblemType.DEADLINE_EXCEEDED,
              "%s: %s Nothing is charged.".formatted(job.id(), because));
      default ->
          throw new Problem(
              ProblemType.PROVIDER_FAILED,
              "%s ended without a result (%s). %s".formatted(job.id(), body.status(), because));
    }
  }

  private MarketNote note(JobBody body) {
    return new MarketNote(
        body.id(),
        Objects.requireNonNull(body.worker(), "an attested job has a worker"),
        new MarketNote.Price(
            Objects.requireNonNullElse(body.price(), TokenAmount.ZERO),
            token.symbol(),
            token.decimals()),
        body.assurance(),
        receiptOf(body.id()));
  }

  static String receiptOf(JobId job) {
    return "/api/jobs/" + job + "/receipt";
  }
}
