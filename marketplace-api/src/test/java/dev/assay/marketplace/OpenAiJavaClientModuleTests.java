package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.client.OpenAIClient;
import com.openai.client.OpenAIClientImpl;
import com.openai.client.okhttp.OkHttpClient;
import com.openai.core.ClientOptions;
import com.openai.core.JsonValue;
import com.openai.core.MultipartField;
import com.openai.core.Properties;
import com.openai.core.RequestOptions;
import com.openai.core.http.HttpClient;
import com.openai.core.http.HttpRequest;
import com.openai.core.http.HttpResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIIoException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.UnauthorizedException;
import com.openai.errors.UnexpectedStatusCodeException;
import com.openai.errors.UnprocessableEntityException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.batches.BatchListParams;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletion.Choice.FinishReason;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionTokenLogprob;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;

/**
 * OpenAI's own client for Java, unmodified: only where it calls is changed. The list is that of
 * {@code openai.mjs}, for the client for Node.
 */
@MarketModuleTest
@Timeout(120)
class OpenAiJavaClientModuleTests {
  private static final String COUNTED = AnsweringWorker.counted(16);

  private final int port;
  private final TestMarket market;
  private AnsweringWorker answering;
  private TestWorker silent;
  private String key;
  private String poorKey;
  private OpenAIClient client;

  OpenAiJavaClientModuleTests(@LocalServerPort int port, @Autowired TestMarket market) {
    this.port = port;
    this.market = market;
  }

  @BeforeEach
  void parties() {
    market.opens();
    answering = new AnsweringWorker(market.worker());
    silent = market.worker().offersBoth(2_000_000);
    key = market.requester(100_000_000).mintsKey("jobs:write", "jobs:read");
    poorKey = market.requester(1).mintsKey("jobs:write", "jobs:read");
    client = client(key, new Recording(_ -> false));
  }

  @AfterEach
  void leave() {
    client.close();
    answering.close();
    market.closes();
  }

  /** Sends as usual, notes what was sent, and loses the answers that a test does not want. */
  private static final class Recording implements HttpClient {
    private final HttpClient client = OkHttpClient.builder().build();
    private final IntPredicate loses;
    private final List<String> retries = new ArrayList<>();
    private final List<String> jobs = new ArrayList<>();

    Recording(IntPredicate loses) {
      this.loses = loses;
    }

    @Override
    public HttpResponse execute(HttpRequest request, RequestOptions options) {
      HttpResponse answer = client.execute(request, options);
      retries.addAll(request.headers().values("x-stainless-retry-count"));
      jobs.addAll(answer.headers().values("x-job-id"));
      if (loses.test(jobs.size())) {
        answer.close();
        throw new OpenAIIoException("the connection was lost");
      }
      return answer;
    }

    @Override
    public CompletableFuture<HttpResponse> executeAsync(
        HttpRequest request, RequestOptions options) {
      return client.executeAsync(request, options);
    }

    @Override
    public void close() {
      client.close();
    }
  }

  private OpenAIClient client(String apiKey, HttpClient http) {
    return new OpenAIClientImpl(
        ClientOptions.builder()
            .httpClient(http)
            .baseUrl("http://127.0.0.1:%d/v1".formatted(port))
            .apiKey(apiKey)
            .build());
  }

  private static ChatCompletionCreateParams.Builder chat() {
    return ChatCompletionCreateParams.builder().model("tiny-words").addUserMessage("Count.");
  }

  private static String said(ChatCompletion answer) {
    return answer.choices().getFirst().message().content().orElseThrow();
  }

  /** What OpenAI's own answers do not have. */
  private static JsonNode more(Map<String, JsonValue> members, String name) {
    JsonValue value = Objects.requireNonNull(members.get(name), name);
    return Objects.requireNonNull(value.convert(JsonNode.class), name);
  }

  private static JsonNode market(ChatCompletion answer) {
    return more(answer._additionalProperties(), "market");
  }

  private static <E extends OpenAIServiceException> void assertRefused(
      Class<E> type, int status, String code, String param, Executable request) {
    E refusal = catchThrowableOfType(type, request::execute);
    assertThat(refusal).as("taken").isNotNull();
    assertThat(refusal.statusCode()).as(refusal.toString()).isEqualTo(status);
    assertThat(refusal.code()).as(refusal.toString()).contains(code);
    assertThat(refusal.param().orElse("")).as(refusal.toString()).isEqualTo(param);
    assertThat(refusal.headers().values("x-request-id")).hasSize(1);
  }

  @TestFactory
  Stream<DynamicTest> the_openai_client_for_java_is_served() {
    System.out.printf(
        "openai-java %s, Java %s%n", Properties.getPackageVersion(), Runtime.version());
    Map<String, Executable> checks = new LinkedHashMap<>();
    checks.put("models.list gives all models, with prices", this::listsModels);
    checks.put("models.retrieve gives one", this::retrievesModels);
    checks.put(
        "models.retrieve of a name with a slash is not found, in JSON",
        () ->
            assertRefused(
                NotFoundException.class,
                404,
                "model_not_found",
                "model",
                () -> client.models().retrieve("meta/llama-3")));
    checks.put("embeddings.create of one text, as the client asks by default", this::embedsOneText);
    checks.put("embeddings.create of several texts, as numbers", this::embedsSeveralTexts);
    checks.put(
        "embeddings.create of tokens is refused by name",
        () ->
            assertRefused(
                BadRequestException.class,
                400,
                "unsupported_parameter",
                "input",
                () ->
                    client
                        .embeddings()
                        .create(
                            EmbeddingCreateParams.builder()
                                .model("two-precisions")
                                .inputOfArrayOfTokens(List.of(1L, 2L))
                                .build())));
    checks.put("chat.completions.create", this::completes);
    checks.put("a conversation goes on from an answer as it came", this::goesOn);
    checks.put("max_tokens ends it by length", this::endsByLength);
    checks.put("an answer says what the market did", this::saysWhatTheMarketDid);
    checks.put("rate limits are told in both ways", this::tellsLimits);
    checks.put("createStreaming gives chunks", this::streams);
    checks.put("stream_options.include_usage gives a last chunk of usage", this::streamsUsage);
    checks.put("logprobs: true tells what the model thought of each token", this::tellsLogprobs);
    checks.put("a stream's logprobs are put together", this::streamsLogprobs);
    checks.put(
        "logprobs of a model of which no worker tells them are refused by name",
        () ->
            assertRefused(
                BadRequestException.class,
                400,
                "unsupported_parameter",
                "logprobs",
                () -> client.chat().completions().create(chat().logprobs(true).build())));
    checks.put("a provider object and fallback models go through", this::routes);
    checks.put(
        "an unknown model is not found",
        () ->
            assertRefused(
                NotFoundException.class,
                404,
                "model_not_found",
                "model",
                () -> client.chat().completions().create(chat().model("gpt-9").build())));
    checks.put(
        "a parameter that no worker honours is refused by name",
        () ->
            assertRefused(
                BadRequestException.class,
                400,
                "unsupported_parameter",
                "stop",
                () -> client.chat().completions().create(chat().stop("x").build())));
    checks.put("a wrong key is refused", this::refusesWrongKeys);
    checks.put("who has no money is told so once", this::tellsThePoorOnce);
    checks.put("nobody who would do it is tried again, as it may help", this::triesAgain);
    checks.put("a job that has failed is not tried again", this::triesNoFailureAgain);
    checks.put(
        "an answer that is lost is asked for again and is the same job", this::findsTheSameJob);
    checks.put("an Idempotency-Key makes two requests one job", this::namesByKey);
    checks.put("a batch of a file is answered line by line", this::answersBatches);
    return checks.entrySet().stream()
        .map(check ->
            dynamicTest(
                check.getKey(),
                () -> {
                  check.getValue().execute();
                  System.out.println("ok - " + check.getKey());
                }));
  }

  private void listsModels() {
    var model =
        client.models().list().autoPager().stream()
            .filter(one -> one.id().equals("tiny-words"))
            .findFirst()
            .orElseThrow()
            .validate();
    Map<String, JsonValue> members = model._additionalProperties();
    assertThat(more(members, "context_length").asInt()).isEqualTo(2048);
    assertThat(more(members, "pricing").path("completion").asText()).isEqualTo("0.000001");
  }

  private void retrievesModels() {
    assertThat(client.models().retrieve("two-precisions").validate().id())
        .isEqualTo("two-precisions");
  }

  private void embedsOneText() {
    var answer =
        client
            .embeddings()
            .create(
                EmbeddingCreateParams.builder().model("two-precisions").input("seven!!").build());
    assertThat(answer.data().getFirst().embedding()).containsExactly(1f, 7f, 0.5f);
    assertThat(answer.usage().totalTokens()).isEqualTo(3);
  }

  private void embedsSeveralTexts() {
    var answer =
        client
            .embeddings()
            .create(
                EmbeddingCreateParams.builder()
                    .model("two-precisions")
                    .inputOfArrayOfStrings(List.of("a", "bcd"))
                    .encodingFormat(EmbeddingCreateParams.EncodingFormat.FLOAT)
                    .build());
    assertThat(answer.data().get(0).embedding()).containsExactly(1f, 1f, 0.5f);
    assertThat(answer.data().get(1).index()).isEqualTo(1);
    assertThat(answer.data().get(1).embedding()).containsExactly(1f, 3f, 0.5f);
  }

  private void completes() {
    ChatCompletion answer = client.chat().completions().create(chat().build()).validate();
    assertThat(said(answer)).isEqualTo(COUNTED);
    assertThat(answer.choices().getFirst().finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(answer.usage().orElseThrow().completionTokens()).isEqualTo(16);
  }

  private void goesOn() {
    var message = client.chat().completions().create(chat().build()).choices().getFirst().message();
    var next = chat().addMessage(message).addUserMessage("Again.").build();
    assertThat(said(client.chat().completions().create(next))).isEqualTo(COUNTED);
  }

  private void endsByLength() {
    ChatCompletion answer = client.chat().completions().create(chat().maxTokens(2).build());
    assertThat(said(answer)).isEqualTo("1 2");
    assertThat(answer.choices().getFirst().finishReason()).isEqualTo(FinishReason.LENGTH);
  }

  private void saysWhatTheMarketDid() {
    try (var response = client.chat().withRawResponse().completions().create(chat().build())) {
      JsonNode told = market(response.parse());
      assertThat(response.headers().values("x-job-id"))
          .containsExactly(told.path("job_id").asText());
      assertThat(told.at("/price/amount").asText()).isEqualTo("16");
      assertThat(told.path("worker").asText()).isEqualTo(answering.worker().address().hex());
    }
  }

  private void tellsLimits() {
    try (var response = client.chat().withRawResponse().completions().create(chat().build())) {
      assertThat(response.headers().values("x-ratelimit-remaining-requests")).hasSize(1);
      assertThat(response.headers().values("ratelimit").getFirst()).startsWith("\"rpm\";r=");
    }
  }

  private void streams() {
    var whole = ChatCompletionAccumulator.create();
    try (var stream = client.chat().completions().createStreaming(chat().build())) {
      stream.stream().forEach(whole::accumulate);
    }
    assertThat(said(whole.chatCompletion())).isEqualTo(COUNTED);
    assertThat(whole.chatCompletion().choices().getFirst().finishReason())
        .isEqualTo(FinishReason.STOP);
  }

  private void streamsUsage() {
    var options = ChatCompletionStreamOptions.builder().includeUsage(true).build();
    try (var stream =
        client.chat().completions().createStreaming(chat().streamOptions(options).build())) {
      ChatCompletionChunk last = stream.stream().reduce((_, next) -> next).orElseThrow();
      assertThat(last.choices()).isEmpty();
      assertThat(last.usage().orElseThrow().totalTokens()).isEqualTo(19);
    }
  }

  private static ChatCompletionCreateParams scored() {
    return chat().model("tiny-lm").maxTokens(3).logprobs(true).topLogprobs(2).build();
  }

  private static void assertThought(ChatCompletion answer) {
    var content = answer.choices().getFirst().logprobs().orElseThrow().content().orElseThrow();
    assertThat(content)
        .extracting(ChatCompletionTokenLogprob::logprob)
        .containsExactly(-0.25, -0.375, -0.5);
    ChatCompletionTokenLogprob first = content.getFirst();
    assertThat(first.token()).isEqualTo("token_id:0");
    assertThat(first.bytes()).isEmpty();
    assertThat(first.topLogprobs())
        .extracting(ChatCompletionTokenLogprob.TopLogprob::token)
        .containsExactly("token_id:0", "token_id:1");
  }

  private void tellsLogprobs() {
    assertThought(client.chat().completions().create(scored()).validate());
  }

  private void streamsLogprobs() {
    var whole = ChatCompletionAccumulator.create();
    try (var stream = client.chat().completions().createStreaming(scored())) {
      stream.stream().forEach(whole::accumulate);
    }
    assertThought(whole.chatCompletion());
  }

  private void routes() {
    var provider =
        Map.of(
            "sort",
            "price",
            "max_price",
            Map.of("completion", 1),
            "min_stake",
            "1",
            "regions",
            List.of("eu"));
    var request =
        chat()
            .model("gone")
            .putAdditionalBodyProperty("models", JsonValue.from(List.of("tiny-words")))
            .putAdditionalBodyProperty("provider", JsonValue.from(provider));
    assertThat(client.chat().completions().create(request.build()).model()).isEqualTo("tiny-words");
  }

  private void refusesWrongKeys() {
    assertRefused(
        UnauthorizedException.class,
        401,
        "invalid_api_key",
        "",
        () ->
            client("sk-nonsense", new Recording(_ -> false))
                .chat()
                .completions()
                .create(chat().build()));
  }

  private void tellsThePoorOnce() {
    var sent = new Recording(_ -> false);
    assertRefused(
        UnexpectedStatusCodeException.class,
        402,
        "insufficient_quota",
        "",
        () -> client(poorKey, sent).chat().completions().create(chat().build()));
    assertThat(sent.retries).containsExactly("0");
  }

  private void triesAgain() {
    var sent = new Recording(_ -> false);
    var nowhere =
        chat()
            .putAdditionalBodyProperty(
                "provider", JsonValue.from(Map.of("regions", List.of("moon"))));
    assertRefused(
        InternalServerException.class,
        503,
        "no_provider",
        "",
        () -> client(key, sent).chat().completions().create(nowhere.build()));
    assertThat(sent.retries).containsExactly("0", "1", "2");
  }

  private void triesNoFailureAgain() {
    var sent = new Recording(_ -> false);
    var unanswered =
        chat()
            .putAdditionalBodyProperty(
                "provider",
                JsonValue.from(
                    Map.of("only", List.of(silent.address().hex()), "deadline_seconds", 1)));
    assertRefused(
        InternalServerException.class,
        504,
        "deadline_exceeded",
        "",
        () -> client(key, sent).chat().completions().create(unanswered.build()));
    assertThat(sent.retries).containsExactly("0");
  }

  private void findsTheSameJob() {
    var sent = new Recording(times -> times < 3);
    ChatCompletion answer =
        client(key, sent).chat().completions().create(chat().maxTokens(5).build());
    assertThat(sent.retries).containsExactly("0", "1", "2");
    assertThat(sent.jobs).hasSize(3).containsOnly(market(answer).path("job_id").asText());
  }

  private void namesByKey() {
    var named = chat().putAdditionalHeader("Idempotency-Key", "java-client");
    ChatCompletion one = client.chat().completions().create(named.build());
    ChatCompletion two = client.chat().completions().create(named.build());
    assertThat(two.id()).isEqualTo(one.id());
    assertRefused(
        UnprocessableEntityException.class,
        422,
        "idempotency_mismatch",
        "",
        () -> client.chat().completions().create(named.maxTokens(7).build()));
  }

  private void answersBatches() throws IOException {
    String line =
        """
        {"custom_id":"line-%d","method":"POST","url":"/v1/chat/completions","body":{"model":"tiny-words",\
        %s,"messages":[{"role":"user","content":"Count."}]}}
        """;
    String text =
        line.formatted(0, "\"max_tokens\":1")
            + line.formatted(1, "\"max_tokens\":2")
            + line.formatted(2, "\"stop\":[\"x\"]");
    FileObject file =
        client
            .files()
            .create(
                FileCreateParams.builder()
                    .file(
                        MultipartField.<InputStream>builder()
                            .value(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))
                            .filename("lines.jsonl")
                            .build())
                    .purpose(FilePurpose.BATCH)
                    .build());
    assertThat(client.files().retrieve(file.id()).bytes()).isEqualTo(text.length());
    Batch posted =
        client
            .batches()
            .create(
                BatchCreateParams.builder()
                    .inputFileId(file.id())
                    .endpoint(BatchCreateParams.Endpoint.V1_CHAT_COMPLETIONS)
                    .completionWindow(BatchCreateParams.CompletionWindow._24H)
                    .build());
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> client.batches().retrieve(posted.id()).status().equals(Batch.Status.COMPLETED));
    Batch batch = client.batches().retrieve(posted.id());
    var counts = batch.requestCounts().orElseThrow();
    assertThat(List.of(counts.total(), counts.completed(), counts.failed()))
        .containsExactly(3L, 2L, 1L);
    assertThat(content(batch.outputFileId().orElseThrow()))
        .contains("line-0", "line-1", "\"content\":\"1 2\"");
    assertThat(content(batch.errorFileId().orElseThrow())).contains("line-2", "\"param\":\"stop\"");
    assertThat(
            client.batches().list(BatchListParams.builder().limit(1).build()).autoPager().stream()
                .map(Batch::id)
                .collect(Collectors.toList()))
        .containsExactly(batch.id());
    assertThat(client.batches().cancel(batch.id()).status()).isEqualTo(Batch.Status.COMPLETED);
    assertThat(client.files().delete(file.id()).deleted()).isTrue();
  }

  private String content(String file) throws IOException {
    try (var content = client.files().content(file)) {
      return new String(content.body().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
