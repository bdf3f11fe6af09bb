package dev.assay.marketplace.openai;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.PostJob;
import dev.assay.marketplace.job.PostJobRequest;
import dev.assay.marketplace.job.Tier;
import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.model.Models;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.content.JobInput;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/** Puts on the market what an OpenAI client asks: once, however often the client sends it. */
@Service
class PlaceOrder {
  /** OpenAI's clients give up, retries and all, before as long. */
  private static final Duration RETRIED_WITHIN = Duration.ofMinutes(30);

  /** Others of {@code models} are tried after these. */
  private static final Set<ProblemType> OF_THE_MODEL =
      Set.of(
          ProblemType.UNKNOWN_MODEL,
          ProblemType.NO_WORKER,
          ProblemType.PRICE_TOO_LOW,
          ProblemType.PAUSED);

  private final PostJob posting;
  private final FindJobs jobs;
  private final Models models;
  private final ChooseWorkers choosing;
  private final JsonMapper json;
  private final Ids ids;
  private final Clock clock;

  PlaceOrder(
      PostJob posting,
      FindJobs jobs,
      Models models,
      ChooseWorkers choosing,
      JsonMapper json,
      Ids ids,
      Clock clock) {
    this.posting = posting;
    this.jobs = jobs;
    this.models = models;
    this.choosing = choosing;
    this.json = json;
    this.ids = ids;
    this.clock = clock;
  }

  /** Says what is asked in the market's own terms. */
  interface Question {
    /**
     * @param id of the job that will ask it
     * @throws IllegalArgumentException if no job may ask that
     */
    JobInput of(Model model, JobId id);
  }

  /**
   * What is wanted.
   *
   * @param body as it was read, and equal for equal requests
   * @param models to be tried in this order, at least one
   */
  record Order(Object body, List<String> models, Routing routing, Tier tier, Question question) {
    Order {
      models = List.copyOf(models);
    }

    /** Without what is asked, which is the requester's own. */
    @Override
    public String toString() {
      return "Order[%s]".formatted(models);
    }
  }

  /**
   * How the client names its request.
   *
   * @param requestKey the {@code Idempotency-Key}; null if it sends none
   * @param isRetry whether it says that it sends the request again
   */
  record Naming(@Nullable String requestKey, boolean isRetry) {}

  /**
   * @throws Problem if nobody can be asked; nothing is written or held then
   */
  PostJob.PostedJob place(Caller caller, Order order, Naming naming) {
    Digest asked = digest(order);
    if (naming.requestKey() == null && naming.isRetry()) {
      Optional<Job> before = before(caller, asked);
      if (before.isPresent()) {
        return new PostJob.PostedJob(before.get(), true);
      }
    }
    Routing routing = order.routing();
    Integer patience =
        routing.deadlineSeconds() == null && order.tier() == Tier.BATCH
            ? Integer.valueOf((int) Tier.STANDARD.patience().toSeconds()) // somebody waits
            : routing.deadlineSeconds();
    var id = new JobId(ids.next());
    return place(caller, order, new Terms(id, order.tier(), patience, naming.requestKey()), asked);
  }

  /**
   * Places an order at the tier {@code batch} as the job {@code id}: placed again it is the same
   * job.
   *
   * @param seconds until its answer is not wanted any more
   * @throws Problem if nobody can be asked; nothing is written or held then
   */
  PostJob.PostedJob placeAs(Caller caller, Order order, JobId id, int seconds) {
    Integer sooner = order.routing().deadlineSeconds();
    int patience = sooner == null ? seconds : Math.min(sooner, seconds);
    return place(caller, order, new Terms(id, Tier.BATCH, patience, null), digest(order));
  }

  /** How a job is posted. */
  private record Terms(
      JobId id, Tier tier, @Nullable Integer seconds, @Nullable String requestKey) {}

  private PostJob.PostedJob place(Caller caller, Order order, Terms terms, Digest asked) {
    Problem first = null;
    for (String name : order.models()) {
      try {
        return post(caller, name, order, terms, asked);
      } catch (Problem problem) {
        if (!OF_THE_MODEL.contains(problem.type())) {
          throw problem;
        }
        first = first == null ? problem : first;
      }
    }
    throw first == null ? new IllegalStateException("An order names no model") : first;
  }

  /** What the request that is sent again has become, unless nothing has. */
  private Optional<Job> before(Caller caller, Digest asked) {
    return jobs.lastOf(caller.wallet(), asked, clock.instant().minus(RETRIED_WITHIN))
        .filter(job -> jobs.shownEndOf(job).map(end -> end.result().isPresent()).orElse(true));
  }

  private PostJob.PostedJob post(
      Caller caller, String name, Order order, Terms terms, Digest asked) {
    Model model =
        models
            .named(name)
            .orElseThrow(() ->
                new Problem(
                    ProblemType.UNKNOWN_MODEL,
                    "model",
                    "This market does not know that model. GET /v1/models lists what it knows."));
    JobInput input;
    try {
      input = order.question().of(model, terms.id());
    } catch (IllegalArgumentException e) {
      throw new Problem(ProblemType.INVALID_BODY, null, String.valueOf(e.getMessage()));
    }
    Routing routing = order.routing();
    var request =
        new PostJobRequest(
            terms.id(),
            name,
            input,
            choosing.limit(routing),
            terms.tier(),
            terms.seconds(),
            choosing.wishes(model, routing),
            routing.verification());
    return posting.post(caller, request, terms.requestKey(), asked);
  }

  private Digest digest(Order order) {
    String body = order.body().getClass().getSimpleName() + json.writeValueAsString(order.body());
    return Digest.keccak256(body.getBytes(StandardCharsets.UTF_8));
  }
}
