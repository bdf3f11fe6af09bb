package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Many requests in a file, each of which is answered and paid once. */
@MarketModuleTest
@Timeout(120)
class OpenAiBatchModuleTests {
  private final TestMarket market;
  private final JdbcClient jdbc;
  private final List<AnsweringWorker> answering = new ArrayList<>();
  private TestRequester requester;

  OpenAiBatchModuleTests(@Autowired TestMarket market, @Autowired JdbcClient jdbc) {
    this.market = market;
    this.jdbc = jdbc;
  }

  @BeforeEach
  void parties() {
    market.opens();
    requester = market.requester(100_000_000);
  }

  @AfterEach
  void leave() {
    answering.forEach(AnsweringWorker::close);
    get("/v1/batches?limit=100")
        .path("data")
        .forEach(batch -> cancel(batch.path("id").stringValue()));
    market.closes();
  }

  private void answering() {
    answering.add(new AnsweringWorker(market.worker()));
  }

  /** One that offers and never asks. */
  private TestWorker silent() {
    return market.worker().offersBoth(1_000_000);
  }

  private JsonNode get(String path) {
    return requester.sees(path);
  }

  private static String line(int number, String body) {
    return """
    {"custom_id":"line-%d","method":"POST","url":"/v1/embeddings","body":%s}\
    """
        .formatted(number, body);
  }

  private static String lines(int count) {
    return IntStream.range(0, count)
        .mapToObj(i ->
            line(i, "{\"model\":\"two-precisions\",\"input\":\"%s\"}".formatted("x".repeat(i + 1))))
        .collect(Collectors.joining("\n"));
  }

  private HttpResponse<String> posts(String file, Map<String, String> headers) {
    return requester.sends(
        "POST",
        "/v1/batches",
        """
        {"input_file_id":"%s","endpoint":"/v1/embeddings","completion_window":"24h","metadata":{"a":"b"}}\
        """
            .formatted(file),
        headers);
  }

  private String batch(String content) {
    var answer = posts(requester.handsIn(content), Map.of());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Http.read(answer).path("id").stringValue();
  }

  private void cancel(String batch) {
    requester.sends("POST", "/v1/batches/" + batch + "/cancel", null);
  }

  private JsonNode ended(String batch, String status) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() ->
            Set.of("completed", "failed", "cancelled", "expired")
                .contains(get("/v1/batches/" + batch).path("status").stringValue()));
    JsonNode ended = get("/v1/batches/" + batch);
    assertThat(ended.path("status").stringValue()).as(ended.toString()).isEqualTo(status);
    return ended;
  }

  private List<JsonNode> content(JsonNode file) {
    var answer =
        requester.sends(
            "GET",
            "/v1/files/" + file.stringValue() + "/content",
            null,
            Map.of("accept", "application/binary")); // as OpenAI's client has it
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer
        .body()
        .lines()
        .map(line -> (JsonNode) JsonMapper.shared().readTree(line))
        .toList();
  }

  @Test
  void a_file_is_handed_in_told_listed_and_deleted() {
    String id = requester.handsIn("{}");
    JsonNode file = get("/v1/files/" + id);
    assertThat(file.path("object").stringValue()).isEqualTo("file");
    assertThat(file.path("bytes").asInt()).isEqualTo(2);
    assertThat(file.path("filename").stringValue()).isEqualTo("requests.jsonl");
    assertThat(file.path("purpose").stringValue()).isEqualTo("batch");
    assertThat(file.path("status").stringValue()).isEqualTo("processed");
    assertThat(requester.sends("GET", "/v1/files/" + id + "/content", null).body()).isEqualTo("{}");
    String newer = requester.handsIn("[]");
    JsonNode page = get("/v1/files?limit=1");
    assertThat(page.at("/data/0/id").stringValue()).isEqualTo(newer);
    assertThat(page.path("has_more").asBoolean()).isTrue();
    JsonNode rest = get("/v1/files?after=" + newer);
    assertThat(rest.at("/data/0/id").stringValue()).isEqualTo(id);
    assertThat(rest.path("has_more").asBoolean()).isFalse();

    JsonNode deleted = Http.read(requester.sends("DELETE", "/v1/files/" + id, null));
    assertThat(deleted.path("deleted").asBoolean()).isTrue();
    assertThat(requester.sends("GET", "/v1/files/" + id, null).statusCode()).isEqualTo(404);
  }

  @Test
  void files_are_listed_as_openais_clients_ask_for_them() {
    String older = requester.handsIn("{}");
    String newer = requester.handsIn("[]");

    assertThat(ids("/v1/files?purpose=batch&limit=10000")).containsExactly(newer, older);
    assertThat(ids("/v1/files?purpose=batch&order=asc")).containsExactly(older, newer);
    assertThat(ids("/v1/files?order=asc&after=" + older)).containsExactly(newer);
    assertThat(ids("/v1/files?purpose=batch_output")).isEmpty();
    assertThat(ids("/v1/files?purpose=fine-tune")).isEmpty();
    for (String wrong : List.of("limit=0", "limit=1e3", "limit=100000", "order=up")) {
      assertThat(requester.sends("GET", "/v1/files?" + wrong, null).statusCode()).isEqualTo(400);
    }
  }

  private List<String> ids(String path) {
    List<String> ids = new ArrayList<>();
    get(path).path("data").forEach(one -> ids.add(one.path("id").stringValue()));
    return ids;
  }

  @Test
  void what_is_no_file_for_a_batch_is_refused() {
    assertThat(
            Http.read(requester.handsIn("fine-tune", "x", "{}")).at("/error/param").stringValue())
        .isEqualTo("purpose");
    assertThat(requester.handsIn("batch", "", "{}").statusCode()).isEqualTo(400);
    assertThat(requester.handsIn("batch", "x", "x".repeat((16 << 20) + 1000)).statusCode())
        .isEqualTo(413);
    assertThat(requester.sends("POST", "/v1/files", "{}").statusCode()).isEqualTo(415);
    assertThat(posts("file-" + UUID.randomUUID(), Map.of()).statusCode()).isEqualTo(404);
  }

  @Test
  void each_line_is_answered_and_paid_once_and_what_fails_is_told_beside() {
    answering();
    String batch =
        batch(
            lines(20)
                + "\n\n"
                + line(20, "{\"model\":\"gone\",\"input\":\"x\"}")
                + "\n"
                + line(21, "{\"model\":\"two-precisions\",\"input\":[1,2]}")
                + "\n"
                + line(22, "{\"model\":\"two-precisions\"}")
                + "\n");
    JsonNode ended = ended(batch, "completed");

    assertThat(ended.at("/request_counts/total").asInt()).isEqualTo(23);
    assertThat(ended.at("/request_counts/completed").asInt()).isEqualTo(20);
    assertThat(ended.at("/request_counts/failed").asInt()).isEqualTo(3);
    assertThat(ended.path("completed_at").asLong()).isPositive();
    assertThat(ended.at("/metadata/a").stringValue()).isEqualTo("b");
    List<JsonNode> answers = content(ended.path("output_file_id"));
    assertThat(answers).hasSize(20);
    for (JsonNode answer : answers) {
      int number = Integer.parseInt(answer.path("custom_id").stringValue().substring(5));
      assertThat(answer.at("/response/status_code").asInt()).isEqualTo(200);
      assertThat(answer.at("/response/body/data/0/embedding/1").asInt()).isEqualTo(number + 1);
    }
    List<JsonNode> errors = content(ended.path("error_file_id"));
    assertThat(errors.stream().map(error -> error.at("/response/status_code").asInt()))
        .containsExactly(404, 400, 400);
    assertThat(errors.stream().map(error -> error.at("/response/body/error/code").stringValue()))
        .containsExactly("model_not_found", "unsupported_parameter", "invalid_value");
    // Each answer cost three units.
    assertThat(requester.unsettled()).isEqualTo("60");
    JsonNode job = get("/api/jobs?limit=1").path("data").path(0);
    assertThat(job.path("tier").stringValue()).isEqualTo("batch");
    assertThat(ids("/v1/files?purpose=batch_output")).hasSize(2);
    assertThat(ids("/v1/files?purpose=batch")).hasSize(1);
  }

  @Test
  void what_a_line_asked_is_kept_until_it_is_answered() {
    answering();
    String batch = batch(lines(2) + "\n" + forNobody(2));
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> get("/v1/batches/" + batch).at("/request_counts/completed").asInt() == 2);

    assertThat(bodies(batch))
        .satisfiesExactly(
            answered -> assertThat(answered).isEmpty(),
            answered -> assertThat(answered).isEmpty(),
            waiting -> assertThat(waiting).contains("provider"));

    cancel(batch);
    ended(batch, "cancelled");
    assertThat(bodies(batch)).containsOnly("");
  }

  private List<String> bodies(String batch) {
    return jdbc.sql("select body from batch_line where batch = :batch order by line")
        .param("batch", UUID.fromString(batch.substring("batch_".length())))
        .query((row, _) -> row.getString("body"))
        .list();
  }

  @Test
  void a_line_that_is_no_json_fails_the_batch_before_anything_is_asked() {
    answering();
    String batch = batch(lines(2) + "\nnonsense\n" + line(0, "{}").replace("embeddings", "x"));
    JsonNode failed = ended(batch, "failed");

    assertThat(failed.at("/errors/data/0/code").stringValue()).isEqualTo("invalid_json_line");
    assertThat(failed.at("/errors/data/0/line").asInt()).isEqualTo(3);
    assertThat(failed.at("/errors/data").toString())
        .contains("duplicate_custom_id", "mismatched_url");
    assertThat(get("/api/jobs").path("data").isEmpty()).isTrue();
  }

  @Test
  void a_line_with_half_of_a_character_is_refused_alone() {
    answering();
    String half = line(1, "{\"model\":\"two-precisions\",\"input\":\"a\\ud83d\"}");
    JsonNode ended = ended(batch(lines(1) + "\n" + half), "completed");

    assertThat(ended.at("/request_counts/completed").asInt()).isEqualTo(1);
    JsonNode error = content(ended.path("error_file_id")).getFirst();
    assertThat(error.at("/response/status_code").asInt()).isEqualTo(400);
    assertThat(error.at("/response/body/error/message").stringValue()).contains("lone surrogate");
  }

  @Test
  void a_cancelled_batch_asks_no_more_and_costs_nothing() {
    silent();
    String batch = batch(lines(5));
    await().atMost(Duration.ofSeconds(30)).until(() -> get("/api/jobs").path("data").size() == 5);
    cancel(batch);
    JsonNode ended = ended(batch, "cancelled");

    assertThat(ended.at("/request_counts/failed").asInt()).isEqualTo(5);
    assertThat(content(ended.path("error_file_id"))).hasSize(5);
    assertThat(requester.unsettled()).isEqualTo("0");
    assertThat(get("/api/jobs").path("data").path(0).path("status").stringValue())
        .isEqualTo("cancelled");
  }

  /** As if the process had died after it posted the lines and before it wrote that down. */
  @Test
  void what_was_begun_by_a_process_that_died_is_not_asked_twice() {
    TestWorker silent = silent();
    String batch = batch(lines(30));
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> get("/api/jobs?limit=100").path("data").size() == 30);
    jdbc.sql(
            "update batch_line set is_posted = false where batch = :batch; update batch set replica"
                + " = :other, seen_until = now() - interval '1 second' where id = :batch")
        .param("batch", UUID.fromString(batch.substring("batch_".length())))
        .param("other", UUID.randomUUID())
        .update();
    silent.offersNothing();
    answering();
    JsonNode ended = ended(batch, "completed");

    assertThat(ended.at("/request_counts/completed").asInt()).isEqualTo(30);
    assertThat(get("/api/jobs?limit=100").path("data").size()).isEqualTo(30);
    assertThat(requester.unsettled()).isEqualTo("90");
  }

  private static String forNobody() {
    return forNobody(0);
  }

  private static String forNobody(int number) {
    return line(
        number,
        """
        {"model":"two-precisions","input":"x","provider":{"only":["0x%s"]}}\
        """
            .formatted("4e".repeat(20)));
  }

  @Test
  void batches_for_which_there_is_nobody_hold_up_no_other() {
    answering();
    TestRequester first = requester;
    List<String> waiting = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      waiting.add(batch(forNobody()));
    }
    requester = market.requester(1_000_000);

    ended(batch(lines(2)), "completed");

    waiting.forEach(batch -> first.sends("POST", "/v1/batches/" + batch + "/cancel", null));
  }

  @Test
  void lines_for_which_there_is_nobody_hold_up_none_behind_them() {
    answering();
    int many = 256;
    String waiting =
        IntStream.range(0, many)
            .mapToObj(OpenAiBatchModuleTests::forNobody)
            .collect(Collectors.joining("\n"));
    String good = line(many, "{\"model\":\"two-precisions\",\"input\":\"x\"}");
    String batch = batch(waiting + "\n" + good);

    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> get("/v1/batches/" + batch).at("/request_counts/completed").asInt() == 1);
  }

  /** Each holds what a text of as many bytes may cost, and costs three units. */
  private static String longLines(int count) {
    return IntStream.range(0, count)
        .mapToObj(i ->
            line(i, "{\"model\":\"two-precisions\",\"input\":\"%s\"}".formatted("x".repeat(100))))
        .collect(Collectors.joining("\n"));
  }

  @Test
  void lines_that_the_money_does_not_reach_for_wait_for_what_others_hold() {
    requester = market.requester(1_100);
    answering();

    JsonNode ended = ended(batch(longLines(30)), "completed");

    assertThat(ended.at("/request_counts/completed").asInt()).as(ended.toString()).isEqualTo(30);
  }

  @Test
  void batches_of_one_purse_wait_for_what_the_others_hold() {
    requester = market.requester(1_100);
    answering();
    String file = requester.handsIn(longLines(10));

    List<String> both =
        IntStream.range(0, 2)
            .mapToObj(_ -> Http.read(posts(file, Map.of())).path("id").stringValue())
            .toList();

    for (String batch : both) {
      JsonNode ended = ended(batch, "completed");
      assertThat(ended.at("/request_counts/completed").asInt()).as(ended.toString()).isEqualTo(10);
    }
  }

  @Test
  void lines_that_a_budget_does_not_reach_for_wait_for_what_others_hold() {
    JsonNode key =
        Http.read(
            requester.sends(
                "POST",
                "/api/keys",
                Map.of(
                    "name",
                    "key",
                    "scopes",
                    List.of("jobs:write", "jobs:read"),
                    "budget",
                    "1100")));
    requester = requester.by(key.path("secret").stringValue());
    answering();

    JsonNode ended = ended(batch(longLines(30)), "completed");

    assertThat(ended.at("/request_counts/completed").asInt()).as(ended.toString()).isEqualTo(30);
  }

  @Test
  void a_line_that_all_the_money_does_not_reach_for_is_refused() {
    requester = market.requester(50);
    answering();

    JsonNode ended = ended(batch(longLines(1)), "completed");

    assertThat(content(ended.path("error_file_id")))
        .extracting(error -> error.at("/response/status_code").asInt())
        .containsExactly(402);
  }

  @Test
  void a_key_that_is_revoked_spends_no_more_by_the_batches_that_it_made() {
    silent();
    TestRequester owner = requester;
    JsonNode key =
        Http.read(
            owner.sends(
                "POST",
                "/api/keys",
                Map.of("name", "key", "scopes", List.of("jobs:write", "jobs:read"))));
    requester = owner.by(key.path("secret").stringValue());
    String batch = batch(forNobody());
    await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> get("/v1/batches/" + batch).path("status").stringValue().equals("in_progress"));

    requester = owner;
    owner.sends("DELETE", "/api/keys/" + key.at("/key/id").stringValue(), null);

    JsonNode ended = ended(batch, "completed");
    assertThat(ended.at("/request_counts/failed").asInt()).isEqualTo(1);
    assertThat(content(ended.path("error_file_id")).toString()).contains("revoked");
  }

  @Test
  void a_batch_that_is_sent_again_is_the_same_batch() {
    silent();
    String file = requester.handsIn(lines(1));
    JsonNode first = Http.read(posts(file, Map.of("x-stainless-retry-count", "0")));
    JsonNode again = Http.read(posts(file, Map.of("x-stainless-retry-count", "1")));
    assertThat(again.path("id")).isEqualTo(first.path("id"));
    assertThat(Http.read(posts(file, Map.of())).path("id")).isNotEqualTo(first.path("id"));
  }

  @Test
  void a_batch_of_the_same_key_is_the_same_batch() {
    silent();
    String file = requester.handsIn(lines(1));
    Map<String, String> key = Map.of("idempotency-key", "key-1");
    JsonNode first = Http.read(posts(file, key));

    assertThat(Http.read(posts(file, key)).path("id")).isEqualTo(first.path("id"));
    assertThat(
            Http.read(
                    posts(file, Map.of("idempotency-key", "key-1", "x-stainless-retry-count", "1")))
                .path("id"))
        .isEqualTo(first.path("id"));
    assertThat(ids("/v1/batches")).hasSize(1);

    var other = posts(requester.handsIn(lines(1)), key);
    assertThat(other.statusCode()).isEqualTo(422);
    assertThat(Http.read(other).at("/error/code").stringValue()).isEqualTo("idempotency_mismatch");
    assertThat(Http.read(posts(file, Map.of("idempotency-key", "key-2"))).path("id"))
        .isNotEqualTo(first.path("id"));
    assertThat(posts(file, Map.of("idempotency-key", "x".repeat(65))).statusCode()).isEqualTo(400);

    requester.sends("DELETE", "/v1/files/" + file, null);
    assertThat(Http.read(posts(file, key)).path("id")).isEqualTo(first.path("id"));
  }

  @Test
  void batches_of_the_same_key_that_come_together_are_one() {
    silent();
    String file = requester.handsIn(lines(1));
    Map<String, String> key = Map.of("idempotency-key", "key-1");

    List<CompletableFuture<String>> answers =
        IntStream.range(0, 4)
            .mapToObj(_ ->
                CompletableFuture.supplyAsync(
                    () -> Http.read(posts(file, key)).path("id").stringValue()))
            .toList();

    List<String> told = answers.stream().map(CompletableFuture::join).toList();
    assertThat(ids("/v1/batches")).hasSize(1);
    assertThat(told).containsOnly(ids("/v1/batches").getFirst());
  }

  @Test
  void metadata_are_a_few_short_texts() {
    String file = requester.handsIn("{}");
    String many =
        IntStream.range(0, 17)
            .mapToObj("\"%d\":\"\""::formatted)
            .collect(Collectors.joining(",", "{", "}"));
    for (String metadata :
        List.of(
            "{\"%s\":\"a\"}".formatted("x".repeat(65)),
            "{\"a\":\"%s\"}".formatted("x".repeat(513)),
            "{\"a\":1}",
            "{\"a\":null}",
            "{\"\\ud83d\":\"a\"}",
            many)) {
      var answer = with(file, metadata);
      assertThat(answer.statusCode()).as(metadata).isEqualTo(400);
      assertThat(Http.read(answer).at("/error/param").stringValue()).startsWith("metadata");
    }
    String longest = "{\"%s\":\"%s\"}".formatted("x".repeat(64), "x".repeat(512));
    assertThat(with(file, longest).statusCode()).isEqualTo(200);
  }

  private HttpResponse<String> with(String file, String metadata) {
    return requester.sends(
        "POST",
        "/v1/batches",
        """
        {"input_file_id":"%s","endpoint":"/v1/embeddings","completion_window":"24h","metadata":%s}\
        """
            .formatted(file, metadata));
  }
}
