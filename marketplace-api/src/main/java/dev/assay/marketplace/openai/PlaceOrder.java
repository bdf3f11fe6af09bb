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
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.ChatOutput.FinishReason;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.JobOutput;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/** Puts on the market what an OpenAI client asks: once, however often the client sends it. */
@Service
class PlaceOrder {
  /** Others of {@code models} are tried after these. */
  private static final Set<ProblemType> OF_THE_MODEL =
      Set.of(
          ProblemType.UNKNOWN_MODEL,
          ProblemType.UNSUPPORTED_PARAMETER,
          ProblemType.NO_WORKER,
          ProblemType.PRICE_TOO_LOW,
          ProblemType.PAUSED);

  private final PostJob posting;
  private final FindJobs jobs;
  private final RequestNames names;
  private final Models models;
  private final ChooseWorkers choosing;
  private final JsonMapper json;
  private final Ids ids;
  private final Clock clock;

  PlaceOrder(
      PostJob posting,
      FindJobs jobs,
      RequestNames names,
      Models models,
      ChooseWorkers choosing,
      JsonMapper json,
      Ids ids,
      Clock clock) {
    this.posting = posting;
    this.jobs = jobs;
    this.names = names;
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
     * @throws Problem if no job may ask that
     */
    JobInput of(Model model, JobId id);
  }

  /**
   * What is wanted.
   *
   * @param body as it was read, and equal for equal requests
   * @param models to be tried in this order, at least one
   * @param isTraced whether the answer is to tell what the model thought of each token
   */
  record Order(
      Object body,
      List<String> models,
      Routing routing,
      Tier tier,
      boolean isTraced,
      Question question) {
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
   * @param isCounted whether it says how often it has sent the request
   * @param isRetry whether it says that it sends the request again
   */
  record Naming(@Nullable String requestKey, boolean isCounted, boolean isRetry) {}

  /**
   * An order that is a job now.
   *
   * @param named by which it is found again; none if it has a name of its own, or cannot be
   * @param isReplay whether the job was there before
   */
  record Placed(
      Caller caller,
      Order order,
      Naming naming,
      Optional<RequestNames.Named> named,
      Job job,
      boolean isReplay) {
    /** Whether its sender may come back for it, however late. */
    boolean isKept() {
      return naming.requestKey() != null;
    }
  }

  /**
   * @throws Problem if nobody can be asked; nothing is written or held then
   */
  Placed place(Caller caller, Order order, Naming naming) {
    UUID fresh = ids.next();
    if (naming.requestKey() != null || !naming.isCounted()) {
      return posted(caller, order, naming, Optional.empty(), fresh);
    }
    Digest asked = digest(order);
    RequestNames.Named named =
        naming.isRetry()
            ? names.again(caller, asked, unlessNamed(caller, asked), fresh)
            : names.first(caller, asked, fresh);
    return placed(caller, order, naming, named);
  }

  /**
   * Of one that was joined, and came to nothing because of somebody else.
   *
   * @throws Problem if nobody can be asked
   */
  Placed placeAnew(Placed nothing) {
    RequestNames.Named named = names.instead(nothing.named().orElseThrow(), ids.next());
    return placed(nothing.caller(), nothing.order(), nothing.naming(), named);
  }

  private Placed placed(Caller caller, Order order, Naming naming, RequestNames.Named named) {
    if (!named.isKnown() && !naming.isRetry()) {
      return posted(caller, order, naming, Optional.of(named), named.standsFor());
    }
    var id = new JobId(named.standsFor());
    Job known = jobs.all(Set.of(id)).get(id);
    if (known == null) {
      return posted(caller, order, naming, Optional.of(named), named.standsFor());
    }
    return mayAnswer(known)
        ? new Placed(caller, order, naming, Optional.of(named), known, true)
        : placed(caller, order, naming, names.instead(named, ids.next()));
  }

  private Placed posted(
      Caller caller, Order order, Naming naming, Optional<RequestNames.Named> named, UUID id) {
    Routing routing = order.routing();
    Integer patience =
        routing.deadlineSeconds() == null && order.tier() == Tier.BATCH
            ? Integer.valueOf((int) Tier.STANDARD.patience().toSeconds()) // somebody waits
            : routing.deadlineSeconds();
    var terms = new Terms(new JobId(id), order.tier(), patience, naming.requestKey());
    Digest asked = named.map(RequestNames.Named::name).orElseGet(() -> digest(order));
    PostJob.PostedJob posted = place(caller, order, terms, asked);
    return new Placed(caller, order, naming, named, posted.job(), posted.isReplay());
  }

  /**
   * Places an order at the tier {@code batch} as the job {@code id}: placed again it is the same
   * job.
   *
   * @param seconds until its answer is not wanted any more
   * @throws Problem if nobody can be asked; nothing is written or held then
   */
  void placeAs(Caller caller, Order order, JobId id, int seconds) {
    Integer sooner = order.routing().deadlineSeconds();
    int patience = sooner == null ? seconds : Math.min(sooner, seconds);
    place(caller, order, new Terms(id, Tier.BATCH, patience, null), digest(order));
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
    if (first == null) {
      throw new IllegalStateException("An order names no model");
    }
    Problem refusal = first;
    // Who may be asked changes; what was asked before under this name is answered as it was.
    return posting.posted(caller, terms.id(), terms.requestKey(), asked).orElseThrow(() -> refusal);
  }

  /** What a request that is sent again has become, if its name is lost. */
  private Optional<UUID> unlessNamed(Caller caller, Digest asked) {
    if (names.has(caller, asked)) {
      return Optional.empty();
    }
    Instant since = clock.instant().minus(RequestNames.SENT_AGAIN_WITHIN);
    return jobs.lastOf(caller.wallet(), asked, since)
        .filter(this::mayAnswer)
        .map(job -> job.id().uuid());
  }

  /** Not if it ended without a result, or with one that was cut short because somebody hung up. */
  private boolean mayAnswer(Job job) {
    return jobs.shownEndOf(job)
        .map(end -> end.result().flatMap(jobs::output).filter(o -> !isCutShort(o)).isPresent())
        .orElse(true);
  }

  static boolean isCutShort(JobOutput output) {
    return output instanceof ChatOutput chat && chat.finishReason() == FinishReason.CANCELLED;
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
    JobInput input = order.question().of(model, terms.id());
    Routing routing = order.routing();
    var request =
        new PostJobRequest(
            terms.id(),
            name,
            input,
            choosing.limit(routing),
            terms.tier(),
            terms.seconds(),
            choosing.wishes(model, routing, order.isTraced()),
            routing.verification());
    return posting.post(caller, request, terms.requestKey(), asked);
  }

  private Digest digest(Order order) {
    String body = order.body().getClass().getSimpleName() + json.writeValueAsString(order.body());
    return Digest.keccak256(body.getBytes(StandardCharsets.UTF_8));
  }
}
