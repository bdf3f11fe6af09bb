package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.protocol.JobId;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.ChatOutput.FinishReason;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What clients made for OpenAI ask, as it goes over the wire. */
@MarketModuleTest
@Timeout(120)
class OpenAiModuleTests {
  private final int port;
  private final TestMarket market;
  private final List<AutoCloseable> answering = new ArrayList<>();
  private TestRequester requester;

  OpenAiModuleTests(@LocalServerPort int port, @Autowired TestMarket market) {
    this.port = port;
    this.market = market;
  }

  @BeforeEach
  void parties() {
    market.opens();
    requester = market.requester(100_000_000);
  }

  @AfterEach
  void leave() throws Exception {
    for (AutoCloseable one : answering) {
      one.close();
    }
    market.closes();
  }

  private TestWorker worker() {
    return market.worker();
  }

  private TestWorker answering() {
    TestWorker worker = worker();
    answering.add(new AnsweringWorker(worker));
    return worker;
  }

  private HttpResponse<String> embeds(String more, Map<String, String> headers) {
    return requester.sends(
        "POST", "/v1/embeddings", "{\"model\":\"two-precisions\",%s}".formatted(more), headers);
  }

  private static String hello(String more) {
    return """
    {"model":"tiny-words","messages":[{"role":"user","content":"Hi"}]%s}\
    """
        .formatted(more);
  }

  private HttpResponse<String> chats(String body) {
    return requester.sends("POST", "/v1/chat/completions", body);
  }

  private JsonNode get(String path) {
    return requester.sees(path);
  }

  private static JsonNode ok(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Http.read(answer);
  }

  private static String job(HttpResponse<?> answer) {
    return answer.headers().firstValue("x-job-id").orElseThrow();
  }

  private static void assertRefused(
      HttpResponse<String> answer, int status, String code, String param, boolean isRetried) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    JsonNode error = Http.read(answer).path("error");
    assertThat(error.path("code").stringValue()).as(answer.body()).isEqualTo(code);
    assertThat(error.path("param").stringValue("")).as(answer.body()).isEqualTo(param);
    assertThat(error.path("message").stringValue()).hasSizeGreaterThan(10);
    assertThat(answer.headers().firstValue("x-should-retry")).contains("" + isRetried);
    assertThat(Http.read(answer).path("status").asInt()).isEqualTo(status);
  }

  // --- Models
  // --------------------------------------------------------------------------------------

  @Test
  void models_are_listed_with_price_context_and_who_serves_them() {
    answering();
    JsonNode list = get("/v1/models");
    assertThat(list.path("object").stringValue()).isEqualTo("list");
    assertThat(list.path("data").valueStream().map(model -> model.path("id").stringValue()))
        .contains("all-minilm-l6-v2", "tiny-words", "two-precisions");

    JsonNode chat = get("/v1/models/tiny-words");
    assertThat(chat.path("object").stringValue()).isEqualTo("model");
    assertThat(chat.path("context_length").asInt()).isEqualTo(2048);
    // A million atomic units of six decimals for a million tokens: a dollar, so a millionth for
    // one.
    assertThat(chat.at("/pricing/completion").stringValue()).isEqualTo("0.000001");
    assertThat(chat.at("/pricing/prompt").stringValue()).isEqualTo("0");
    assertThat(chat.path("supported_parameters").toString()).contains("temperature");
    assertThat(chat.at("/market/providers").asInt()).isEqualTo(1);
    assertThat(chat.at("/market/stake").stringValue()).isEqualTo("1000000000000");
    assertThat(chat.at("/market/verification").toString()).isEqualTo("[\"spot\"]");
    assertThat(get("/v1/models/all-minilm-l6-v2").at("/market/verification").toString())
        .isEqualTo("[\"spot\",\"quorum:k/n\",\"strict\"]");
    assertThat(Http.send(port, "GET", "/v1/models", "", null).statusCode()).isEqualTo(200);
  }

  @Test
  void a_models_name_may_come_with_its_slash_encoded() {
    var plain = Http.send(port, "GET", "/v1/models/meta/llama-3", "", null);
    var encoded = Http.send(port, "GET", "/v1/models/meta%2Fllama-3", "", null);
    for (var answer : List.of(plain, encoded)) {
      assertRefused(answer, 404, "model_not_found", "model", false);
    }
    // Nowhere else.
    assertThat(Http.send(port, "GET", "/api/jobs%2Fx", "", null).statusCode()).isEqualTo(400);
  }

  @Test
  void a_models_name_that_is_none_is_refused_in_openais_shape() {
    for (String name : List.of("", "a%252Fb", "..%2Fx", "a%00b", "%ff", "a//b", "a%5Cb", "%2F")) {
      var answer = Http.send(port, "GET", "/v1/models/" + name, "", null);
      assertThat(answer.statusCode()).as(name).isIn(400, 404);
      JsonNode error = Http.read(answer).path("error");
      assertThat(error.path("type").stringValue("")).as(name).isEqualTo("invalid_request_error");
      assertThat(error.path("code").stringValue("")).as(name).isNotEmpty();
    }
  }

  // --- Embeddings
  // ----------------------------------------------------------------------------------

  @Test
  void texts_become_vectors_and_the_answer_says_what_the_market_did() {
    TestWorker worker = answering();
    var answer = embeds("\"input\":[\"one\",\"three\"]", Map.of());
    JsonNode body = ok(answer);

    assertThat(body.path("object").stringValue()).isEqualTo("list");
    assertThat(body.path("model").stringValue()).isEqualTo("two-precisions");
    assertThat(body.at("/data/1/index").asInt()).isEqualTo(1);
    assertThat(body.at("/data/1/object").stringValue()).isEqualTo("embedding");
    assertThat(body.at("/data/1/embedding").toString()).isEqualTo("[1.0,5.0,0.5]");
    assertThat(body.at("/usage/prompt_tokens").asInt()).isEqualTo(3); // as the worker has signed
    assertThat(body.at("/usage/total_tokens").asInt()).isEqualTo(3);
    assertThat(body.at("/market/job_id").stringValue()).isEqualTo(job(answer));
    assertThat(body.at("/market/worker").stringValue()).isEqualTo(worker.address().hex());
    assertThat(body.at("/market/price/amount").stringValue()).isEqualTo("3");
    assertThat(body.at("/market/price/currency").stringValue()).isEqualTo("TUSD");
    assertThat(body.at("/market/assurance/level").stringValue()).isEqualTo("best-effort");
    assertThat(answer.headers().firstValue("x-receipt"))
        .contains(body.at("/market/receipt_url").stringValue());
    assertThat(get(body.at("/market/receipt_url").stringValue()).isObject()).isTrue();
    assertThat(requester.unsettled()).isEqualTo("3");
    assertThat(answer.headers().firstValue("x-ratelimit-limit-requests")).isPresent();
    assertThat(answer.headers().firstValue("ratelimit-policy")).isPresent();
    assertThat(answer.headers().firstValue("x-request-id")).isPresent();
  }

  @Test
  void base64_is_floats_of_four_bytes_with_the_least_first() {
    answering();
    JsonNode body = ok(embeds("\"input\":\"seven!!\",\"encoding_format\":\"base64\"", Map.of()));
    byte[] packed = Base64.getDecoder().decode(body.at("/data/0/embedding").stringValue());
    var floats = ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    assertThat(new float[] {floats.get(), floats.get(), floats.get()})
        .containsExactly(1f, 7f, 0.5f);
  }

  // --- Chat
  // ----------------------------------------------------------------------------------------

  @Test
  void a_conversation_is_continued() {
    answering();
    var answer =
        chats(
            """
            {"model":"tiny-words","max_completion_tokens":3,"temperature":0.7,"seed":5,"n":1,"top_p":1,
             "stop":null,"tools":[],"user":"u","metadata":{"a":"b"},"service_tier":"priority",
             "store":false,"logit_bias":{},"prompt_cache_retention":"24h","logprobs":false,
             "response_format":{"type":"text"},
             "messages":[{"role":"developer","content":"Count."},
                         {"role":"assistant","content":"","refusal":null,"annotations":[],"audio":null},
                         {"role":"user","content":[{"type":"text","text":"Now."},{"type":"text","text":"Please."}]}]}\
            """);
    JsonNode body = ok(answer);
    assertThat(body.path("id").stringValue()).startsWith("chatcmpl-");
    assertThat(body.path("object").stringValue()).isEqualTo("chat.completion");
    assertThat(body.path("created").asLong()).isPositive();
    assertThat(body.at("/choices/0/message/role").stringValue()).isEqualTo("assistant");
    assertThat(body.at("/choices/0/message/content").stringValue()).isEqualTo("1 2 3");
    assertThat(body.at("/choices/0/message").has("refusal")).isTrue();
    assertThat(body.at("/choices/0/finish_reason").stringValue()).isEqualTo("length");
    assertThat(body.at("/usage/prompt_tokens").asInt()).isEqualTo(3);
    assertThat(body.at("/usage/completion_tokens").asInt()).isEqualTo(3);
    assertThat(body.at("/usage/total_tokens").asInt()).isEqualTo(6);
    assertThat(get("/api/jobs/" + job(answer)).path("tier").stringValue()).isEqualTo("realtime");
  }

  @ParameterizedTest
  @CsvSource({
    "auto, standard",
    "default, standard",
    "scale, standard",
    "flex, batch",
    "priority, realtime"
  })
  void openais_service_tiers_are_tiers_of_the_market(String named, String tier) {
    answering();
    var answer = chats(hello(",\"max_tokens\":2,\"service_tier\":\"%s\"".formatted(named)));
    ok(answer);
    assertThat(get("/api/jobs/" + job(answer)).path("tier").stringValue()).isEqualTo(tier);
  }

  @Test
  void a_conversation_is_asked_of_the_worker_as_it_was_sent() {
    TestWorker worker = worker().offersBoth(1_000_000);
    try (var _ =
        new TestChunks(
            port,
            requester.token(),
            """
            {"model":"tiny-words","stream":true,"temperature":0.7,"max_tokens":9,
             "messages":[{"role":"system","content":"S"},{"role":"assistant","content":"A"},
                         {"role":"user","content":[{"type":"text","text":"1"},{"type":"text","text":"2"}]}]}\
            """)) {
      String input = worker.leases().input().toString();
      assertThat(input)
          .contains("role=system, content=S", "role=assistant, content=A", "content=1\n2")
          .contains("maxTokens=9", "temperatureMilli=700");
    }
  }

  @Test
  void a_stream_is_heard_as_it_is_made_and_ends_with_usage_and_done() throws Exception {
    TestWorker worker = worker().offersBoth(1_000_000);
    try (var chunks =
        new TestChunks(
            port,
            requester.token(),
            hello(",\"stream\":true,\"stream_options\":{\"include_usage\":true}"))) {
      Lease lease = worker.leases();
      try (var stream = worker.streams(lease)) {
        stream.says("Hel");
        JsonNode first = chunks.next();
        assertThat(chunks.response().headers().firstValue("content-type"))
            .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
        assertThat(first.path("object").stringValue()).isEqualTo("chat.completion.chunk");
        assertThat(first.at("/choices/0/delta/role").stringValue()).isEqualTo("assistant");
        assertThat(first.at("/choices/0/finish_reason").isNull()).isTrue();
        assertThat(chunks.says(3)).isEqualTo("Hel");
        stream.says("lo 🜂");
        assertThat(chunks.says(5)).isEqualTo("lo 🜂");
      }
      var output = new ChatOutput("Hello 🜂!", FinishReason.STOP);
      assertThat(worker.sends(worker.result(lease, output, 2, 4)).outcome())
          .isEqualTo(Outcome.ACCEPTED);

      assertThat(chunks.says(1)).isEqualTo("!"); // what was not streamed
      JsonNode last = chunks.next();
      assertThat(last.at("/choices/0/finish_reason").stringValue()).isEqualTo("stop");
      assertThat(last.at("/choices/0/delta").isEmpty()).isTrue();
      assertThat(last.at("/market/price/amount").stringValue()).isEqualTo("4");
      JsonNode usage = chunks.next();
      assertThat(usage.path("choices").isEmpty()).isTrue();
      assertThat(usage.at("/usage/total_tokens").asInt()).isEqualTo(6);
      assertThat(chunks.isDone()).isTrue();
      assertThat(job(chunks.response())).startsWith("job_");
    }
  }

  @Test
  void what_audits_have_shown_of_a_worker_is_told_with_its_next_answers(
      @Autowired JdbcClient jdbc) {
    TestWorker worker = answering();
    String asked = hello(",\"max_tokens\":2").replace("tiny-words", "tiny-lm");
    JsonNode assurance = ok(chats(asked)).at("/market/assurance");
    assertThat(assurance.path("level").stringValue()).isEqualTo("spot");
    assertThat(assurance.path("passes").asInt(-1)).isZero();

    jdbc.sql(
            """
            insert into standing (worker, model_digest, profile, passes, audits, failures)
            values (:worker, :model, :profile, 7, 7, 0)
            """)
        .param("worker", worker.address().hex())
        .param("model", TestWorker.SCORED_MODEL.digest().toBytes())
        .param("profile", ProfileClass.LLM.label())
        .update();
    await()
        .atMost(Duration.ofSeconds(60)) // a second, and the machine may be busy
        .untilAsserted(() ->
            assertThat(ok(chats(asked)).at("/market/assurance/passes").asInt(-1)).isEqualTo(7));
  }

  private static String hesitant(String more) {
    return """
    {"model":"tiny-words","models":["tiny-lm"],"max_tokens":2,"logprobs":true%s,
     "messages":[{"role":"user","content":"Hi"}]}\
    """
        .formatted(more);
  }

  @Test
  void what_the_model_thought_of_each_token_is_told_by_those_whose_answers_are_checked_by_it() {
    answering();
    JsonNode body = ok(chats(hesitant(",\"top_logprobs\":1")));

    // Nobody tells it of the first model, so the second is asked.
    assertThat(body.path("model").stringValue()).isEqualTo("tiny-lm");
    assertThat(body.at("/choices/0/logprobs"))
        .isEqualTo(
            JsonMapper.shared()
                .readTree(
                    """
                    {"content":[
                      {"token":"token_id:0","logprob":-0.25,"bytes":null,
                       "top_logprobs":[{"token":"token_id:0","logprob":-0.25,"bytes":null}]},
                      {"token":"token_id:1","logprob":-0.375,"bytes":null,
                       "top_logprobs":[{"token":"token_id:1","logprob":-0.375,"bytes":null}]}],
                     "refusal":null}\
                    """));
    assertThat(get("/v1/models/tiny-lm").path("supported_parameters").toString())
        .contains("\"logprobs\",\"top_logprobs\"");
    assertThat(get("/v1/models/tiny-words").path("supported_parameters").toString())
        .doesNotContain("logprobs");
  }

  @Test
  void a_stream_tells_what_the_model_thought_with_its_last_words() throws Exception {
    answering();
    try (var chunks = new TestChunks(port, requester.token(), hesitant(",\"stream\":true"))) {
      JsonNode chunk = chunks.next();
      while (chunk.at("/choices/0/finish_reason").isNull()) {
        assertThat(chunk.at("/choices/0/logprobs").isNull()).as(chunk.toString()).isTrue();
        chunk = chunks.next();
      }
      assertThat(chunk.at("/choices/0/logprobs/content/1/token").stringValue())
          .isEqualTo("token_id:1");
      assertThat(chunk.at("/choices/0/logprobs/content/1/top_logprobs").isEmpty()).isTrue();
      assertThat(chunks.isDone()).isTrue();
    }
  }

  @Test
  void when_a_worker_dies_in_the_middle_and_the_next_says_the_same_nobody_notices()
      throws Exception {
    TestWorker mortal = worker().offersBoth(1_000_000);
    try (var chunks = new TestChunks(port, requester.token(), hello(",\"stream\":true"))) {
      Lease lease = mortal.leases();
      try (var stream = mortal.streams(lease)) {
        stream.says("The same wo");
        assertThat(chunks.says(11)).isEqualTo("The same wo");
      }
      mortal.givesBack(lease, HandBack.Reason.FAILED);
      mortal.offersNothing();
      TestWorker other = worker().offersBoth(1_000_000);
      Lease second = other.leases();
      var output = new ChatOutput("The same words", FinishReason.STOP);
      other.sends(other.result(second, output, 1, 3));

      assertThat(chunks.says(3)).isEqualTo("rds");
      assertThat(chunks.next().at("/choices/0/finish_reason").stringValue()).isEqualTo("stop");
      assertThat(chunks.isDone()).isTrue();
    }
  }

  @Test
  void when_the_next_says_something_else_the_stream_says_so_and_ends() throws Exception {
    TestWorker mortal = worker().offersBoth(1_000_000);
    try (var chunks = new TestChunks(port, requester.token(), hello(",\"stream\":true"))) {
      Lease lease = mortal.leases();
      try (var stream = mortal.streams(lease)) {
        stream.says("I am about to");
        assertThat(chunks.says(13)).isEqualTo("I am about to");
      }
      mortal.givesBack(lease, HandBack.Reason.FAILED);
      mortal.offersNothing();
      TestWorker other = worker().offersBoth(1_000_000);
      Lease second = other.leases();
      try (var stream = other.streams(second)) {
        stream.says("I go on");
        JsonNode error = chunks.next().path("error");
        assertThat(error.path("code").stringValue()).isEqualTo("provider_failed");
        assertThat(error.path("type").stringValue()).isEqualTo("server_error");
        assertThat(error.path("message").stringValue()).contains("job_");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"I am", ""})
  void when_the_next_attests_less_than_was_told_the_stream_says_so_and_ends(String attested)
      throws Exception {
    TestWorker mortal = worker().offersBoth(1_000_000);
    try (var chunks = new TestChunks(port, requester.token(), hello(",\"stream\":true"))) {
      Lease lease = mortal.leases();
      try (var stream = mortal.streams(lease)) {
        stream.says("I am about to");
        assertThat(chunks.says(13)).isEqualTo("I am about to");
      }
      mortal.givesBack(lease, HandBack.Reason.FAILED);
      mortal.offersNothing();
      TestWorker other = worker().offersBoth(1_000_000);
      Lease second = other.leases();
      var output = new ChatOutput(attested, FinishReason.STOP);
      assertThat(other.sends(other.result(second, output, 1, 1)).outcome())
          .isEqualTo(Outcome.ACCEPTED);

      assertThat(chunks.next().at("/error/code").stringValue("")).isEqualTo("provider_failed");
    }
  }

  @Test
  void what_fails_by_the_markets_own_fault_is_told_within_a_stream_that_has_begun(
      @Autowired JdbcClient jdbc) throws Exception {
    TestWorker worker = worker().offersBoth(1_000_000);
    try (var chunks = new TestChunks(port, requester.token(), hello(",\"stream\":true"))) {
      Lease lease = worker.leases();
      try (var stream = worker.streams(lease)) {
        stream.says("So far");
        assertThat(chunks.says(6)).isEqualTo("So far");
      }
      attestVectors(jdbc, JobId.parse(job(chunks.response())));

      assertThat(chunks.next().at("/error/code").stringValue("")).isEqualTo("unavailable");
    }
  }

  /** As the answer of a chat, which nothing can be made of. */
  private static void attestVectors(JdbcClient jdbc, JobId job) {
    var vectors = EmbeddingsOutput.of(List.<float[]>of(new float[] {1}));
    jdbc.sql(
            """
            with gone as (delete from open_job where job = :job),
            output as (insert into blob (digest, content, kept_until)
                       values (:digest, :content, now() + interval '1 hour') on conflict do nothing)
            insert into job_end (job, outcome, attempt, worker, price, output_digest, because, at)
            values (:job, 'attested', 1, :worker, 0, :digest, '', now())
            """)
        .param("job", job.uuid())
        .param("worker", "0x" + "00".repeat(20))
        .param("digest", vectors.digest().toBytes())
        .param("content", JsonMapper.shared().writeValueAsBytes(vectors))
        .update();
  }

  @Test
  void who_hangs_up_wants_no_more_and_pays_for_no_more() throws Exception {
    TestWorker worker = worker().offersBoth(1_000_000);
    String job;
    try (var chunks = new TestChunks(port, requester.token(), hello(",\"stream\":true"))) {
      Lease lease = worker.leases();
      try (var stream = worker.streams(lease)) {
        stream.says("So far");
        assertThat(chunks.says(6)).isEqualTo("So far");
        job = job(chunks.response());
        chunks.close();
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> {
              if (worker.beats(lease).cancel().isEmpty()) {
                stream.says("!"); // it is by writing that the market finds nobody there
                return false;
              }
              return true;
            });
      }
    }
    assertThat(get("/api/jobs/" + job).path("status").stringValue()).isEqualTo("executing");
  }

  // --- Refusals
  // ------------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "stop":["x"]                                | stop               | unsupported_parameter
          "tools":[{"type":"function"}]               | tools              | unsupported_parameter
          "n":2                                       | n                  | unsupported_parameter
          "top_p":0.9                                 | top_p              | unsupported_parameter
          "logprobs":true                             | logprobs           | unsupported_parameter
          "logprobs":true,"top_logprobs":6            | top_logprobs       | unsupported_parameter
          "top_logprobs":1                            | top_logprobs       | unsupported_parameter
          "logprobs":true,"top_logprobs":-1           | top_logprobs       | invalid_value
          "response_format":{"type":"json_object"}    | response_format    | unsupported_parameter
          "provider":{"zdr":true}                     | provider.zdr       | unsupported_parameter
          "provider":{"order":["a"]}                  | provider.order     | unsupported_parameter
          "provider":{"allow_fallbacks":false}        | provider.allow_fallbacks | unsupported_parameter
          "provider":{"data_collection":"deny"}       | provider.data_collection | unsupported_parameter
          "provider":{"sort":"throughput"}            | provider.sort      | invalid_value
          "provider":{"verification":"magic"}         | provider.verification | invalid_value
          "wizardry":1                                | wizardry           | unknown_parameter
          "temperature":"0.5"                         | temperature        | invalid_value
          "temperature":3                             | temperature        | invalid_value
          "stream":"yes"                              | stream             | invalid_value
          "max_tokens":0                              | max_tokens         | invalid_value
          "max_tokens":2048                           | max_tokens         | invalid_value
          "max_completion_tokens":5000                | max_completion_tokens | invalid_value
          "seed":-1                                   | seed               | invalid_value
          "seed":3000000000                           | seed               | invalid_value
          "seed":1.5                                  | seed               | invalid_value
          "user":5                                    | user               | invalid_value
          "metadata":{"a":1}                          | metadata.a         | invalid_value
          "store":true                                | store              | unsupported_parameter
          "moderation":{"model":"x"}                  | moderation         | unsupported_parameter
          "prompt_cache_options":{"mode":"implicit"}  | prompt_cache_options | unsupported_parameter
          "logit_bias":{"5":1}                        | logit_bias         | unsupported_parameter
          "tool_choice":"auto"                        | tool_choice        | unsupported_parameter
          "response_format":{"type":"json_schema","json_schema":{"name":"x"}} | response_format.json_schema | unsupported_parameter
          "stream_options":{"include_usage":"yes"}    | stream_options.include_usage | invalid_value
          "messages":"Hi"                             | messages           | invalid_value
          "messages":[{"role":"assistant","content":"x"}] | messages       | invalid_value
          "messages":[{"role":"assistant","content":"","tool_calls":[{"id":"c"}]}] | messages[0].tool_calls | unsupported_parameter
          "messages":[]                               | messages           | invalid_value
          "messages":[{"role":"tool","content":"x"}]  | messages[0].role   | invalid_value
          "messages":[{"role":"user"}]                | messages[0].content | invalid_value
          "messages":[{"role":"user","content":[{"type":"image_url"}]}] | messages[0].content[0].type | invalid_value
          "service_tier":"gold"                       | service_tier       | invalid_value
          "stream":" "                                | stream             | invalid_value
          "models":[null]                             | models[0]          | invalid_value
          "messages":[null]                           | messages[0]        | invalid_value
          "messages":[{"role":"user","content":[null]}] | messages[0].content | invalid_value
          """)
  void a_chat_that_asks_for_what_is_not_here_is_refused_by_name(
      String member, String param, String code) {
    String body =
        member.startsWith("\"messages\"")
            ? "{\"model\":\"tiny-words\",%s}".formatted(member)
            : hello("," + member);
    assertRefused(chats(body), 400, code, param == null ? "" : param, false);
  }

  @Test
  void a_content_has_as_many_parts_as_the_document_says() {
    String part = "{\"type\":\"text\",\"text\":\"x\"}";
    String parts = String.join(",", Collections.nCopies(17, part));
    String body =
        "{\"model\":\"tiny-words\",\"messages\":[{\"role\":\"user\",\"content\":[%s]}]}"
            .formatted(parts);
    assertRefused(chats(body), 400, "invalid_value", "messages[0].content", false);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "input":[1,2,3]                 | input           | unsupported_parameter
          "input":[[1,2],[3]]             | input           | unsupported_parameter
          "input":7                       | input           | invalid_value
          "input":""                      | input           | invalid_value
          "input":[]                      | input           | invalid_value
          "input":["x",""]                | input           | invalid_value
          "input":null                    | input           | invalid_value
          "input":"x","dimensions":8      | dimensions      | unsupported_parameter
          "input":"x","encoding_format":"int8" | encoding_format | invalid_value
          """)
  void embeddings_that_ask_for_what_is_not_here_are_refused_by_name(
      String members, String param, String code) {
    assertRefused(embeds(members, Map.of()), 400, code, param == null ? "" : param, false);
  }

  @Test
  void what_nobody_can_do_is_refused_with_what_openais_clients_understand() {
    assertRefused(
        chats(hello("").replace("tiny-words", "gpt-9")), 404, "model_not_found", "model", false);
    assertRefused(
        chats(hello("").replace("tiny-words", "two-precisions")),
        400,
        "invalid_value",
        "model",
        false);
    assertRefused(chats(hello("")), 503, "no_provider", "", true);
    TestWorker worker = answering();
    String stranger = "0x" + "12".repeat(20);
    for (String provider :
        List.of(
            "{\"only\":[\"%s\"]}".formatted(stranger),
            "{\"ignore\":[\"%s\"]}".formatted(worker.address()),
            "{\"regions\":[\"moon\"]}",
            "{\"min_stake\":\"1000000000001\"}")) {
      assertRefused(chats(hello(",\"provider\":" + provider)), 503, "no_provider", "", true);
    }
    assertRefused(
        chats(hello(",\"provider\":{\"max_price\":{\"completion\":0.99}}")),
        503,
        "no_provider",
        "provider.max_price",
        true);
    assertRefused(
        chats(hello(",\"provider\":{\"min_reputation\":1}")),
        503,
        "no_provider",
        "provider.min_reputation",
        true);
    assertThat(get("/api/jobs").path("data").isEmpty()).isTrue();
    ok(
        chats(
            hello(
                ",\"provider\":{\"max_price\":{\"prompt\":0,\"completion\":1},\"min_reputation\":0,"
                    + "\"min_stake\":\"1000000000000\",\"regions\":[\"eu\"],\"verification\":\"spot\"}")));
    assertRefused(
        chats(hello(",\"provider\":{\"max_price\":{\"request\":0}}")),
        422,
        "price_too_low",
        "",
        false);
  }

  @Test
  void who_is_not_known_or_has_no_money_is_told_in_openais_words() {
    assertRefused(
        Http.send(port, "POST", "/v1/chat/completions", "nonsense", hello("")),
        401,
        "invalid_api_key",
        "",
        false);
    answering();
    TestRequester rich = requester;
    requester = market.requester(1);
    assertRefused(chats(hello("")), 402, "insufficient_quota", "", false);
    var minted =
        rich.sends(
            "POST",
            "/api/keys",
            Map.of("name", "k", "scopes", List.of("jobs:write"), "budget", "10"));
    String key = Http.read(minted).path("secret").stringValue();
    assertThat(chatsAs(key, 4).statusCode()).isEqualTo(200);
    assertRefused(chatsAs(key, 400), 402, "budget_exhausted", "", false);
  }

  private HttpResponse<String> chatsAs(String key, int tokens) {
    return Http.send(port, "POST", "/v1/chat/completions", key, hello(",\"max_tokens\":" + tokens));
  }

  @Test
  void an_unknown_path_is_answered_in_json() {
    for (String path : List.of("/v1/responses", "/v1/completions", "/v1/x/y")) {
      assertRefused(requester.sends("POST", path, "{}"), 404, "unknown_url", "", false);
    }
    assertRefused(requester.sends("GET", "/v1", null), 404, "unknown_url", "", false);
    assertRefused(
        requester.sends("GET", "/v1/embeddings", null), 405, "method_not_allowed", "", false);
  }

  @Test
  void a_job_that_nobody_takes_in_time_fails_once_and_costs_nothing() throws Exception {
    worker().offersBoth(1_000_000); // and never asks
    var answer = chats(hello(",\"provider\":{\"deadline_seconds\":1}"));
    assertRefused(answer, 504, "deadline_exceeded", "", false);
    assertThat(get("/api/jobs/" + job(answer)).path("status").stringValue()).isEqualTo("expired");
    assertThat(requester.unsettled()).isEqualTo("0");
    try (var chunks =
        new TestChunks(
            port,
            requester.token(),
            hello(",\"stream\":true,\"provider\":{\"deadline_seconds\":1}"))) {
      assertThat(chunks.response().statusCode()).isEqualTo(504); // nothing was told before
    }
  }

  // --- Once
  // ----------------------------------------------------------------------------------------

  @Test
  void a_request_that_is_sent_again_is_the_same_job_and_paid_once() {
    answering();
    String input = "\"input\":\"x\"";
    var first = embeds(input, Map.of("x-stainless-retry-count", "0"));
    ok(first);
    var again = embeds(input, Map.of("x-stainless-retry-count", "1"));
    ok(again);
    assertThat(job(again)).isEqualTo(job(first));
    assertThat(again.headers().firstValue("idempotent-replayed")).contains("true");
    assertThat(requester.unsettled()).isEqualTo("3");

    // The same question anew is another job, and something else sent again is not that one.
    var another = embeds(input, Map.of("x-stainless-retry-count", "0"));
    assertThat(job(another)).isNotEqualTo(job(first));
    assertThat(job(embeds("\"input\":\"y\"", Map.of("x-stainless-retry-count", "2"))))
        .isNotIn(job(first), job(another));
  }

  @Test
  void a_request_with_a_key_is_one_job_whatever_becomes_of_its_answer() {
    answering();
    Map<String, String> key = Map.of("Idempotency-Key", "front-1");
    var first = embeds("\"input\":\"x\"", key);
    ok(first);
    assertThat(job(embeds("\"input\":\"x\"", key))).isEqualTo(job(first));
    assertRefused(embeds("\"input\":\"y\"", key), 422, "idempotency_mismatch", "", false);
    assertThat(requester.unsettled()).isEqualTo("3");
  }

  @Test
  void a_request_with_a_key_is_answered_again_when_nobody_may_be_asked_any_more() {
    String wish = "\"input\":\"x\",\"provider\":{\"max_price\":{\"prompt\":1000}}";
    Map<String, String> key = Map.of("Idempotency-Key", "front-2");
    TestWorker worker = answering();
    var first = embeds(wish, key);
    ok(first);
    worker.offersNothing();

    assertRefused(embeds(wish, Map.of()), 503, "no_provider", "provider.max_price", true);
    var again = embeds(wish, key);
    ok(again);
    assertThat(job(again)).isEqualTo(job(first));
    assertRefused(
        embeds(wish.replace(":\"x", ":\"y"), key), 422, "idempotency_mismatch", "", false);
  }

  @Test
  void another_model_is_asked_if_nobody_serves_the_first() {
    answering();
    JsonNode body =
        ok(
            requester.sends(
                "POST",
                "/v1/embeddings",
                "{\"model\":\"gone\",\"models\":[\"all-minilm-l6-v2\",\"two-precisions\"],\"input\":\"x\"}"));
    assertThat(body.path("model").stringValue()).isEqualTo("two-precisions");
  }
}
