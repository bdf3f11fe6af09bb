package dev.assay.marketplace.openai;

import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.PostJob.PostedJob;
import dev.assay.marketplace.openai.ListedModel.ListedModels;
import dev.assay.marketplace.platform.IdempotencyKey;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import jakarta.servlet.http.HttpServletResponse;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** {@code /v1}: what OpenAI's clients ask, answered by the market. */
@RestController
class OpenAiController {
  /** How often OpenAI's clients have sent a request before. */
  static final String RETRIES = "x-stainless-retry-count";

  private static final Pattern SOME = Pattern.compile("[1-9][0-9]{0,2}");

  private final ListModels models;
  private final PlaceOrder placing;
  private final AwaitAnswer answers;
  private final StreamAnswer streaming;

  OpenAiController(
      ListModels models, PlaceOrder placing, AwaitAnswer answers, StreamAnswer streaming) {
    this.models = models;
    this.placing = placing;
    this.answers = answers;
    this.streaming = streaming;
  }

  /** The models that this market knows, in OpenAI's shape: with prices, providers and stake. */
  @GetMapping("/v1/models")
  ListedModels models() {
    return new ListedModels("list", models.all());
  }

  /**
   * One model, in OpenAI's shape.
   *
   * @param name as it stands or with its slashes as {@code %2F}
   */
  @Refuses(ProblemType.UNKNOWN_MODEL)
  @GetMapping("/v1/models/{*name}")
  ListedModel model(@PathVariable String name) {
    return models.named(name.substring(1));
  }

  /**
   * Continues a conversation, as OpenAI's operation of this name: posts a job, waits for its answer
   * and says it; with {@code stream} as it is made. The same sent again is the same job, if it has
   * the same {@code Idempotency-Key} or says that it is sent again.
   *
   * @param requestKey names the request; keep it before sending
   * @param retries how often the client has sent it before
   */
  @Refuses({
    ProblemType.UNSUPPORTED_PARAMETER,
    ProblemType.UNKNOWN_MODEL,
    ProblemType.INSUFFICIENT_FUNDS,
    ProblemType.BUDGET_EXHAUSTED,
    ProblemType.IDEMPOTENCY_CONFLICT,
    ProblemType.PRICE_TOO_LOW,
    ProblemType.NO_WORKER,
    ProblemType.TOO_MANY_OPEN_JOBS,
    ProblemType.NO_RESULT,
    ProblemType.PROVIDER_FAILED,
    ProblemType.DEADLINE_EXCEEDED,
    ProblemType.PAUSED
  })
  @PostMapping(path = "/v1/chat/completions", consumes = MediaType.APPLICATION_JSON_VALUE)
  @Nullable ChatCompletion complete(
      Caller caller,
      @RequestHeader(name = IdempotencyKey.HEADER, required = false) @Nullable String requestKey,
      @RequestHeader(name = RETRIES, required = false) @Nullable String retries,
      @RequestBody ChatRequest request,
      HttpServletResponse response) {
    Job job = placed(caller, CompleteChat.order(request), requestKey, retries, response);
    if (Boolean.TRUE.equals(request.stream())) {
      var options = request.streamOptions();
      streaming.tell(job, options != null && Boolean.TRUE.equals(options.includeUsage()), response);
      return null;
    }
    return CompleteChat.completion(job, answers.await(job));
  }

  /**
   * Makes vectors of texts, as OpenAI's operation of this name: posts a job and waits for its
   * answer. The same sent again is the same job, if it has the same {@code Idempotency-Key} or says
   * that it is sent again.
   *
   * @param requestKey names the request; keep it before sending
   * @param retries how often the client has sent it before
   */
  @Refuses({
    ProblemType.UNSUPPORTED_PARAMETER,
    ProblemType.UNKNOWN_MODEL,
    ProblemType.INSUFFICIENT_FUNDS,
    ProblemType.BUDGET_EXHAUSTED,
    ProblemType.IDEMPOTENCY_CONFLICT,
    ProblemType.PRICE_TOO_LOW,
    ProblemType.NO_WORKER,
    ProblemType.TOO_MANY_OPEN_JOBS,
    ProblemType.NO_RESULT,
    ProblemType.PROVIDER_FAILED,
    ProblemType.DEADLINE_EXCEEDED,
    ProblemType.PAUSED
  })
  @PostMapping(path = "/v1/embeddings", consumes = MediaType.APPLICATION_JSON_VALUE)
  EmbeddingList embed(
      Caller caller,
      @RequestHeader(name = IdempotencyKey.HEADER, required = false) @Nullable String requestKey,
      @RequestHeader(name = RETRIES, required = false) @Nullable String retries,
      @RequestBody EmbeddingsRequest request,
      HttpServletResponse response) {
    Job job = placed(caller, EmbedTexts.order(request), requestKey, retries, response);
    return EmbedTexts.list(answers.await(job), request.encodingFormat());
  }

  /** Whether a client says that it has sent a request before. */
  static boolean isRetry(@Nullable String retries) {
    return retries != null && SOME.matcher(retries).matches();
  }

  /** Tells the job in the answer's headers, so that also a failure says which it was. */
  private Job placed(
      Caller caller,
      PlaceOrder.Order order,
      @Nullable String requestKey,
      @Nullable String retries,
      HttpServletResponse response) {
    var naming = new PlaceOrder.Naming(IdempotencyKey.checked(requestKey), isRetry(retries));
    PostedJob posted = placing.place(caller, order, naming);
    response.setHeader("X-Job-Id", posted.job().id().toString());
    response.setHeader("X-Receipt", AwaitAnswer.receiptOf(posted.job().id()));
    if (posted.isReplay()) {
      response.setHeader("Idempotent-Replayed", "true");
    }
    return posted.job();
  }
}
