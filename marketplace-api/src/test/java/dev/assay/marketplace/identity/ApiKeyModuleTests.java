package dev.assay.marketplace.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.marketplace.Http;
import dev.assay.marketplace.MarketModuleTest;
import dev.assay.marketplace.platform.Transactions;
import dev.assay.protocol.TokenAmount;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@MarketModuleTest
@Import(MovableClock.class)
class ApiKeyModuleTests {
  private static final String READER =
      """
      {"name":"reader","scopes":["jobs:read"]}\
      """;

  private final int port;
  private final JdbcClient jdbc;
  private final JsonMapper json;
  private final KeyBudgets budgets;
  private final TransactionOperations transaction;
  private final Transactions transactions;
  private final MovableClock clock;
  private final String wallet;

  ApiKeyModuleTests(
      @LocalServerPort int port,
      @Autowired JdbcClient jdbc,
      @Autowired JsonMapper json,
      @Autowired KeyBudgets budgets,
      @Autowired Transactions transactions,
      @Autowired TransactionOperations transaction,
      @Autowired MovableClock clock) {
    this.port = port;
    this.jdbc = jdbc;
    this.json = json;
    this.budgets = budgets;
    this.transaction = transaction;
    this.transactions = transactions;
    this.clock = clock;
    this.wallet = TestWallet.create().signIn(port);
  }

  @AfterEach
  void setClockRight() {
    clock.reset();
  }

  @Test
  void a_key_is_shown_once_listed_without_its_secret_used_and_revoked() {
    var minted =
        mint(
            """
            {"name":"my agent","scopes":["jobs:write","jobs:read"],"budget":"5000000",
             "ratePerMinute":100,"expiresAt":"2099-01-01T00:00:00Z"}\
            """);
    String secret = minted.path("secret").stringValue();
    String id = minted.path("key").path("id").stringValue();
    assertThat(secret).matches("assay_[0-9a-z]{10}_[A-Za-z0-9_-]{43}");
    assertThat(id).startsWith("key_");

    var list = get("/api/keys", wallet);
    assertThat(list.body()).doesNotContain(secret.substring(17));
    var listed = json.readTree(list.body()).path("data").get(0);
    assertThat(listed).isEqualTo(minted.path("key"));
    assertThat(listed.path("prefix").stringValue()).isEqualTo(secret.substring(0, 16));
    assertThat(listed.path("budget").stringValue()).isEqualTo("5000000");
    assertThat(listed.path("spent").stringValue()).isEqualTo("0");
    assertThat(listed.path("scopes")).hasSize(2);
    var used = get("/api/nothing-yet", secret); // it gets through, to where there is nothing
    assertThat(used.statusCode()).isEqualTo(404);
    assertThat(used.headers().firstValue("x-ratelimit-limit-requests")).contains("100");

    assertThat(delete(id, wallet).statusCode()).isEqualTo(204);

    assertThat(get("/api/nothing-yet", secret).statusCode()).isEqualTo(401);
    assertThat(delete(id, wallet).statusCode()).isEqualTo(204);
    assertThat(
            json.readTree(get("/api/keys", wallet).body())
                .path("data")
                .get(0)
                .path("revokedAt")
                .isString())
        .isTrue();
  }

  @Test
  void a_retry_mints_no_second_key_and_is_told_that_the_secret_was_in_the_first_answer() {
    var first = mint("mine", READER, wallet);
    assertThat(first.statusCode()).isEqualTo(201);
    String id = json.readTree(first.body()).path("key").path("id").stringValue();

    var again = mint("mine", READER, wallet);

    assertThat(again.statusCode()).isEqualTo(409);
    assertThat(code(again)).isEqualTo("key-exists");
    assertThat(again.body()).contains(id, "revoke");
    assertThat(json.readTree(get("/api/keys", wallet).body()).path("data")).hasSize(1);
    var other = mint("mine", READER.replace("reader", "other"), wallet);
    assertThat(other.statusCode()).isEqualTo(422);
    assertThat(code(other)).isEqualTo("idempotency-conflict");
    assertThat(mint("mine", READER, TestWallet.create().signIn(port)).statusCode())
        .as("another wallet's key of the same name is another")
        .isEqualTo(201);
    assertThat(mint("x".repeat(65), READER, wallet).statusCode()).isEqualTo(400);
  }

  @Test
  void however_many_same_requests_arrive_together_one_key_is_minted() throws Exception {
    List<Future<HttpResponse<String>>> answers = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 16; i++) {
        answers.add(threads.submit(() -> mint("at-once", READER, wallet)));
      }
    }
    List<Integer> statuses = new ArrayList<>();
    for (var answer : answers) {
      statuses.add(answer.get().statusCode());
    }
    assertThat(statuses).containsOnlyOnce(201).containsOnly(201, 409);
    assertThat(json.readTree(get("/api/keys", wallet).body()).path("data")).hasSize(1);
  }

  private HttpResponse<String> mint(String requestKey, String body, String token) {
    return Http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/keys"))
            .header("authorization", "Bearer " + token)
            .header("content-type", "application/json")
            .header("Idempotency-Key", requestKey)
            .POST(BodyPublishers.ofString(body)));
  }

  private String code(HttpResponse<String> answer) {
    return json.readTree(answer.body()).path("error").path("code").stringValue();
  }

  @Test
  void what_may_be_left_out_may_also_be_null() {
    var key =
        mint("""
        {"name":"plain","scopes":["jobs:read"],"budget":null,"ratePerMinute":null,
         "expiresAt":null}\
        """)
            .path("key");

    for (String member : List.of("budget", "spent", "ratePerMinute", "expiresAt", "revokedAt")) {
      assertThat(key.path(member).isNull()).as(member).isTrue();
    }
  }

  @Test
  void only_the_hash_of_the_secret_is_kept() {
    String secret = mint(READER).path("secret").stringValue();

    assertThat(
            jdbc.sql("select count(*) from api_key k where k::text like :secret")
                .param("secret", "%" + secret.substring(17) + "%")
                .query(Long.class)
                .single())
        .isZero();
    assertThat(
            jdbc.sql("select count(*) from api_key where secret_hash = sha256(:secret::bytea)")
                .param("secret", secret)
                .query(Long.class)
                .single())
        .isEqualTo(1);
  }

  @Test
  void a_key_of_the_same_prefix_and_another_secret_is_nobodys() {
    String secret = mint(READER).path("secret").stringValue();
    String other = secret.substring(0, 17) + "A".repeat(43);

    assertThat(get("/api/nothing-yet", other).statusCode()).isEqualTo(401);
  }

  @Test
  void a_key_lapses_when_it_was_said_to() {
    String secret =
        mint("""
        {"name":"short","scopes":["jobs:read"],"expiresAt":"%s"}\
        """
                .formatted(Instant.now().plusSeconds(600)))
            .path("secret")
            .stringValue();
    assertThat(get("/api/nothing-yet", secret).statusCode()).isEqualTo(404);

    clock.advance(Duration.ofSeconds(601));

    assertThat(get("/api/nothing-yet", secret).statusCode()).isEqualTo(401);
  }

  @ParameterizedTest
  @CsvSource({
    "jobs:read, GET, /api/jobs, ''",
    "jobs:read, HEAD, /api/jobs, ''",
    "jobs:read, POST, /api/jobs, jobs:write",
    "jobs:read, DELETE, /api/jobs/1, jobs:write",
    "jobs:read, GET, /api/account, account:read",
    "jobs:write, POST, /api/jobs, ''",
    "jobs:write, GET, /api/jobs, jobs:read",
    "account:read, GET, /api/account, ''",
    "account:read, GET, /api/account/entries, ''",
    "account:read, POST, /api/quotes, jobs:write",
    "account:read, GET, /api/keys, keys:write",
    "jobs:write, POST, /api/keys, keys:write",
    "jobs:write, GET, /worker/v1/leases, worker"
  })
  void a_key_may_do_what_its_scopes_say_and_else_is_told_which_it_lacks(
      String scope, String method, String path, String lacks) {
    String secret =
        mint("{\"name\":\"scoped\",\"scopes\":[\"%s\"]}".formatted(scope))
            .path("secret")
            .stringValue();

    var answer = Http.send(port, method, path, secret, method.equals("POST") ? "{}" : null);

    if (lacks.isEmpty()) {
      assertThat(answer.statusCode()).isNotIn(401, 403);
    } else {
      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(json.readTree(answer.body()).path("detail").stringValue()).contains(lacks);
    }
  }

  @Test
  void a_key_does_not_sign_out() {
    String secret =
        mint("{\"name\":\"k\",\"scopes\":[\"jobs:read\"]}").path("secret").stringValue();

    var answer = Http.send(port, "DELETE", "/api/auth/session", secret, null);

    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains("/api/keys/key_");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"scopes\":[\"jobs:read\"]}",
        "{\"name\":null,\"scopes\":[\"jobs:read\"]}",
        "{\"name\":\"a\"}",
        "{\"name\":\"a\",\"scopes\":null}",
        "{\"name\":\"\",\"scopes\":[\"jobs:read\"]}",
        "{\"name\":\"a\\nb\",\"scopes\":[\"jobs:read\"]}",
        "{\"name\":\"a\",\"scopes\":[]}",
        "{\"name\":\"a\",\"scopes\":[\"keys:write\"]}",
        "{\"name\":\"a\",\"scopes\":[\"JOBS_READ\"]}",
        "{\"name\":\"a\",\"scopes\":[\"admin\"]}",
        "{\"name\":\"a\",\"scopes\":[null]}",
        "{\"name\":\"a\",\"scopes\":\"jobs:read\"}",
        "{\"name\":\"a\",\"scopes\":[\"jobs:read\"],\"budget\":5}",
        "{\"name\":\"a\",\"scopes\":[\"jobs:read\"],\"budget\":\"-1\"}",
        "{\"name\":\"a\",\"scopes\":[\"jobs:read\"],\"budget\":\"1e6\"}",
        "{\"name\":\"a\",\"scopes\":[\"jobs:read\"],\"budget\":\"18446744073709551616\"}",
        "{\"name\":\"a\",\"scopes\":[\"jobs:read\"],\"ratePerMinute\":0}",
        "{\"name\":\"a\",\"scopes\":[\"jobs:read\"],\"ratePerMinute\":\"5\"}",
        "{\"name\":\"a\",\"scopes\":[\"jobs:read\"],\"ratePerMinute\":1000001}",
        "{\"name\":\"a\",\"scopes\":[\"jobs:read\"],\"expiresAt\":\"2020-01-01T00:00:00Z\"}",
        "{\"name\":\"a\",\"scopes\":[\"jobs:read\"],\"owner\":\"0x00\"}",
        "{\"name\":\"a\",\"scopes\":[\"jobs:read\"],\"spent\":\"0\"}"
      })
  void what_is_no_key_is_not_minted(String body) {
    var answer = Http.send(port, "POST", "/api/keys", wallet, body);

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    assertThat(json.readTree(answer.body()).path("error").path("code").stringValue())
        .isEqualTo("invalid-body");
    assertThat(json.readTree(get("/api/keys", wallet).body()).path("data")).isEmpty();
  }

  @Test
  void another_wallets_key_is_as_if_it_were_not_there() {
    String theirs = mint(READER).path("key").path("id").stringValue();
    String stranger = TestWallet.create().signIn(port);

    var answer = delete(theirs, stranger);
    var random = delete("key_" + UUID.randomUUID(), stranger);

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(withoutRequestId(answer)).isEqualTo(withoutRequestId(random));
    assertThat(delete("key_1", stranger).statusCode()).isEqualTo(404);
    assertThat(json.readTree(get("/api/keys", stranger).body()).path("data")).isEmpty();
    assertThat(json.readTree(get("/api/keys?after=" + theirs, stranger).body()).path("data"))
        .isEmpty();
    assertThat(
            json.readTree(get("/api/keys", wallet).body())
                .path("data")
                .get(0)
                .path("revokedAt")
                .isNull())
        .isTrue();
  }

  @Test
  void keys_are_listed_newest_first_page_by_page() {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ids.addFirst(mint(READER).path("key").path("id").stringValue());
    }

    List<String> listed = new ArrayList<>();
    String after = "";
    boolean hasMore = true;
    while (hasMore) {
      var page = json.readTree(get("/api/keys?limit=2" + after, wallet).body());
      page.path("data").forEach(key -> listed.add(key.path("id").stringValue()));
      after = "&after=" + listed.getLast();
      hasMore = page.path("hasMore").booleanValue();
    }

    assertThat(listed).hasSize(5).containsExactlyInAnyOrderElementsOf(ids);
    assertThat(listed).isSortedAccordingTo((one, other) -> other.compareTo(one));
  }

  @ParameterizedTest
  @ValueSource(strings = {"limit=0", "limit=101", "limit=-1", "limit=1e1", "after=1", "sort=name"})
  void a_page_that_is_none_is_refused(String query) {
    assertThat(get("/api/keys?" + query, wallet).statusCode()).isEqualTo(400);
  }

  @Test
  void a_wallet_has_at_most_a_hundred_keys_however_many_it_asks_for_at_once() throws Exception {
    List<Future<Integer>> answers = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 110; i++) {
        answers.add(
            threads.submit(
                () -> Http.send(port, "POST", "/api/keys", wallet, READER).statusCode()));
      }
    }
    List<Integer> statuses = new ArrayList<>();
    for (var answer : answers) {
      statuses.add(answer.get());
    }

    assertThat(statuses).filteredOn(status -> status == 201).hasSize(100);
    assertThat(statuses).filteredOn(status -> status == 409).hasSize(10);
  }

  @Test
  void a_key_that_asks_too_often_is_told_when_to_come_back() {
    String secret =
        mint("{\"name\":\"slow\",\"scopes\":[\"jobs:read\"],\"ratePerMinute\":2}")
            .path("secret")
            .stringValue();
    assertThat(get("/api/nothing-yet", secret).statusCode()).isEqualTo(404);
    assertThat(get("/api/nothing-yet", secret).statusCode()).isEqualTo(404);

    var refused = get("/api/nothing-yet", secret);

    assertThat(refused.statusCode()).isEqualTo(429);
    var problem = json.readTree(refused.body());
    assertThat(problem.path("error").path("code").stringValue()).isEqualTo("rate-limited");
    assertThat(problem.path("retryable").booleanValue()).isTrue();
    assertThat(Integer.parseInt(refused.headers().firstValue("retry-after").orElseThrow()))
        .isBetween(1, 30);
    assertThat(refused.headers().firstValue("ratelimit").orElseThrow()).startsWith("\"rpm\";r=0;");

    clock.advance(Duration.ofSeconds(31));

    assertThat(get("/api/nothing-yet", secret).statusCode()).isEqualTo(404);
  }

  @Test
  void a_budget_is_spent_and_given_back_within_the_posters_transaction() {
    UUID key = keyWithBudget("100");

    spend(List.of(new KeySpend(key, TokenAmount.of(60))));
    assertThat(budgets.left(key)).contains(TokenAmount.of(40));

    transaction.executeWithoutResult(status -> {
      spend(List.of(new KeySpend(key, TokenAmount.of(40))));
      status.setRollbackOnly();
    });
    assertThat(budgets.left(key)).contains(TokenAmount.of(40));

    giveBack(List.of(new KeySpend(key, TokenAmount.of(10))));
    assertThat(budgets.left(key)).contains(TokenAmount.of(50));
  }

  @Test
  void more_than_is_left_is_refused_and_the_transaction_goes_on() {
    UUID key = keyWithBudget("100");

    transaction.executeWithoutResult(_ -> {
      assertThat(spend(List.of(new KeySpend(key, TokenAmount.of(101)))))
          .containsExactly(new SpendResult.Exhausted(TokenAmount.of(100)));
      assertThat(spend(List.of(new KeySpend(key, TokenAmount.of(100)))))
          .containsExactly(new SpendResult.Within());
    });

    assertThat(budgets.left(key)).contains(TokenAmount.ZERO);
  }

  @Test
  void many_are_decided_in_order_and_keys_without_budget_always_pass() {
    UUID one = keyWithBudget("100");
    UUID two = keyWithBudget("10");
    UUID free = uuid(mint(READER));
    var spends =
        List.of(
            new KeySpend(one, TokenAmount.of(70)),
            new KeySpend(two, TokenAmount.of(11)),
            new KeySpend(one, TokenAmount.of(31)),
            new KeySpend(free, TokenAmount.MAX),
            new KeySpend(one, TokenAmount.of(30)),
            new KeySpend(two, TokenAmount.of(10)));

    List<SpendResult> results = spend(spends);

    assertThat(results)
        .containsExactly(
            new SpendResult.Within(),
            new SpendResult.Exhausted(TokenAmount.of(10)),
            new SpendResult.Exhausted(TokenAmount.of(30)),
            new SpendResult.Within(),
            new SpendResult.Within(),
            new SpendResult.Within());
    assertThat(budgets.left(one)).contains(TokenAmount.ZERO);
    assertThat(budgets.left(two)).contains(TokenAmount.ZERO);
    assertThat(budgets.left(free)).isEmpty();
    giveBack(
        List.of(
            new KeySpend(two, TokenAmount.of(4)),
            new KeySpend(free, TokenAmount.of(4)),
            new KeySpend(two, TokenAmount.of(5))));
    assertThat(budgets.left(two)).contains(TokenAmount.of(9));
  }

  @Test
  void posts_in_parallel_never_spend_more_than_the_budget() throws Exception {
    UUID one = keyWithBudget("1000");
    UUID two = keyWithBudget("1000");
    List<Future<Integer>> spent = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 400; i++) {
        // In either order: locks are taken in one, so that nobody waits in a circle.
        var spends =
            i % 2 == 0
                ? List.of(
                    new KeySpend(one, TokenAmount.of(7)), new KeySpend(two, TokenAmount.of(7)))
                : List.of(
                    new KeySpend(two, TokenAmount.of(7)), new KeySpend(one, TokenAmount.of(7)));
        spent.add(threads.submit(() -> countWithin(spends)));
      }
    }
    int within = 0;
    for (var count : spent) {
      within += count.get();
    }

    assertThat(within).isEqualTo(2 * 142); // 142 times 7 is 994
    assertThat(budgets.left(one)).contains(TokenAmount.of(6));
    assertThat(budgets.left(two)).contains(TokenAmount.of(6));
  }

  @Test
  void the_database_itself_refuses_what_is_beyond_the_budget_or_was_never_spent() {
    UUID key = keyWithBudget("100");

    for (String spent : List.of("101", "-1")) {
      assertThatThrownBy(() ->
              jdbc.sql("update api_key set spent = cast(:spent as numeric) where id = :key")
                  .param("spent", spent)
                  .param("key", key)
                  .update())
          .isInstanceOf(DataIntegrityViolationException.class);
    }
    assertThatThrownBy(() -> giveBack(List.of(new KeySpend(key, TokenAmount.of(1)))))
        .isInstanceOf(DataIntegrityViolationException.class);
  }

  private int countWithin(List<KeySpend> spends) {
    return (int) spend(spends).stream().filter(SpendResult.Within.class::isInstance).count();
  }

  private List<SpendResult> spend(List<KeySpend> spends) {
    return transactions.commit(trip -> {
      KeyBudgets.Locked keys = budgets.lock(spends.stream().map(KeySpend::key).toList(), trip);
      trip.send();
      List<SpendResult> results = budgets.spend(spends, keys, trip);
      return () -> results;
    });
  }

  private void giveBack(List<KeySpend> spends) {
    transactions.commit(trip -> {
      budgets.giveBack(spends, trip);
      return () -> true;
    });
  }

  private UUID keyWithBudget(String budget) {
    return uuid(
        mint(
            "{\"name\":\"poster\",\"scopes\":[\"jobs:write\"],\"budget\":\"%s\"}"
                .formatted(budget)));
  }

  private static UUID uuid(JsonNode minted) {
    return KeyId.parse(minted.path("key").path("id").stringValue()).orElseThrow().uuid();
  }

  private JsonNode mint(String body) {
    var answer = Http.send(port, "POST", "/api/keys", wallet, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    return json.readTree(answer.body());
  }

  private HttpResponse<String> get(String path, String token) {
    return Http.send(port, "GET", path, token, null);
  }

  private HttpResponse<String> delete(String id, String token) {
    return Http.send(port, "DELETE", "/api/keys/" + id, token, null);
  }

  private static String withoutRequestId(HttpResponse<String> answer) {
    return answer.body().replaceAll("req_[0-9a-f-]{36}", "");
  }
}
