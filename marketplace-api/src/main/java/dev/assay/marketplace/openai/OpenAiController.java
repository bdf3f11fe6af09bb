package dev.assay.marketplace.openai;

import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.openai.AwaitAnswer.Answer;
import dev.assay.marketplace.openai.ListedModel.ListedModels;
import dev.assay.marketplace.openai.PlaceOrder.Naming;
import dev.assay.marketplace.openai.PlaceOrder.Placed;
import dev.assay.marketplace.platform.IdempotencyKey;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Optional;
import java.util.function.BiFunction;
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
  @RefusesOrders
  @PostMapping(path = "/v1/chat/completions", consumes = MediaType.APPLICATION_JSON_VALUE)
  @Nullable ChatCompletion complete(
      Caller caller,
      @RequestHeader(name = IdempotencyKey.HEADER, required = false) @Nullable String requestKey,
      @RequestHeader(name = RETRIES, required = false) @Nullable String retries,
      @RequestBody ChatRequest request,
      HttpServletRequest asked,
      HttpServletResponse response) {
    var sender = new Sender(caller, naming(requestKey, retries), asked, response);
    Placed placed = sender.places(CompleteChat.order(request));
    if (Boolean.TRUE.equals(request.stream())) {
      while (!streaming.tell(placed, request, asked, response)) {
        placed = sender.placesAnew(placed);
      }
      return null;
    }
    return sender.answer(placed, (job, answer) -> CompleteChat.completion(job, answer, request));
  }

  /**
   * Makes vectors of texts, as OpenAI's operation of this name: posts a job and waits for its
   * answer. The same sent again is the same job, if it has the same {@code Idempotency-Key} or says
   * that it is sent again.
   *
   * @param requestKey names the request; keep it before sending
   * @param retries how often the client has sent it before
   */
  @RefusesOrders
  @PostMapping(path = "/v1/embeddings", consumes = MediaType.APPLICATION_JSON_VALUE)
  EmbeddingList embed(
      Caller caller,
      @RequestHeader(name = IdempotencyKey.HEADER, required = false) @Nullable String requestKey,
      @RequestHeader(name = RETRIES, required = false) @Nullable String retries,
      @RequestBody EmbeddingsRequest request,
      HttpServletRequest asked,
      HttpServletResponse response) {
    var sender = new Sender(caller, naming(requestKey, retries), asked, response);
    Placed placed = sender.places(EmbedTexts.order(request));
    return sender.answer(placed, (_, answer) -> EmbedTexts.list(answer, request.encodingFormat()));
  }

  /** Whether a client says that it has sent a request before. */
  static boolean isRetry(@Nullable String retries) {
    return retries != null && SOME.matcher(retries).matches();
  }

  private static Naming naming(@Nullable String requestKey, @Nullable String retries) {
    return new Naming(IdempotencyKey.checked(requestKey), retries != null, isRetry(retries));
  }

  /** Whoever has sent one request, and waits for its answer. */
  private final class Sender {
    private final Caller caller;
    private final Naming naming;
    private final HttpServletRequest request;
    private final HttpServletResponse response;

    Sender(Caller caller, Naming naming, HttpServletRequest request, HttpServletResponse response) {
      this.caller = caller;
      this.naming = naming;
      this.request = request;
      this.response = response;
    }

    Placed places(PlaceOrder.Order order) {
      return told(placing.place(caller, order, naming));
    }

    Placed placesAnew(Placed nothing) {
      return told(placing.placeAnew(nothing));
    }

    /** Tells the job in the answer's headers, so that also a failure says which it was. */
    private Placed told(Placed placed) {
      response.setHeader("X-Job-Id", placed.job().id().toString());
      response.setHeader("X-Receipt", AwaitAnswer.receiptOf(placed.job().id()));
      response.setHeader("Idempotent-Replayed", placed.isReplay() ? "true" : null);
      return placed;
    }

    <T> T answer(Placed placed, BiFunction<Job, Answer, T> say) {
      Optional<Answer> answer = answers.await(placed, request);
      return answer.isPresent()
          ? say.apply(placed.job(), answer.get())
          : answer(placesAnew(placed), say);
    }
  }
}
