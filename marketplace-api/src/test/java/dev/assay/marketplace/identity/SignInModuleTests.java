package dev.assay.marketplace.identity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.Http;
import dev.assay.marketplace.MarketModuleTest;
import dev.assay.protocol.Signature;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@MarketModuleTest
@Import(MovableClock.class)
class SignInModuleTests {
  private static final String VERIFY = "/api/auth/siwe/verify";
  private static final String SESSIONS = "/worker/v1/sessions";
  private static final BigInteger ORDER =
      new BigInteger("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16);

  private final int port;
  private final JdbcClient jdbc;
  private final JsonMapper json;
  private final BoundKeys boundKeys;
  private final MovableClock clock;
  private final TestWallet wallet = TestWallet.create();

  SignInModuleTests(
      @LocalServerPort int port,
      @Autowired JdbcClient jdbc,
      @Autowired JsonMapper json,
      @Autowired BoundKeys boundKeys,
      @Autowired MovableClock clock) {
    this.port = port;
    this.jdbc = jdbc;
    this.json = json;
    this.boundKeys = boundKeys;
    this.clock = clock;
  }

  @AfterEach
  void setClockRight() {
    clock.reset();
  }

  @Test
  void a_wallet_signs_in_and_is_known_by_its_token_for_an_hour() {
    String message = wallet.message(TestWallet.nonce(port), Instant.now());

    var answer =
        Http.send(port, "POST", VERIFY, "", TestWallet.body(message, wallet.sign(message)));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    var body = json.readTree(answer.body());
    assertThat(body.path("wallet").stringValue()).isEqualTo(wallet.address().hex());
    assertThat(Instant.parse(body.path("expiresAt").stringValue()))
        .isBetween(Instant.now().plusSeconds(3540), Instant.now().plusSeconds(3600));
    String token = body.path("accessToken").stringValue();
    assertThat(keys(token).statusCode()).isEqualTo(200);

    clock.advance(Duration.ofMinutes(61));

    assertThat(keys(token).statusCode()).isEqualTo(401);
  }

  @Test
  void only_the_hash_of_a_token_is_kept() {
    String token = wallet.signIn(port);

    assertThat(
            jdbc.sql("select count(*) from wallet_session where token_hash = sha256(:token::bytea)")
                .param("token", token)
                .query(Long.class)
                .single())
        .isEqualTo(1);
    assertThat(
            jdbc.sql("select count(*) from wallet_session s where s::text like :token")
                .param("token", "%" + token.substring(4) + "%")
                .query(Long.class)
                .single())
        .isZero();
  }

  @ParameterizedTest
  @CsvSource({"'', ''", "'', application/json", "{}, application/json"})
  void a_nonce_needs_no_body_and_lives_ten_minutes(String body, String type) {
    var request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:%d/api/auth/siwe/nonce".formatted(port)))
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (!type.isEmpty()) {
      request.header("content-type", type);
    }

    var answer = Http.send(request);

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    var nonce = json.readTree(answer.body());
    assertThat(nonce.path("nonce").stringValue()).matches("[0-9a-f]{32}");
    assertThat(Instant.parse(nonce.path("expiresAt").stringValue()))
        .isBetween(Instant.now().plusSeconds(590), Instant.now().plusSeconds(600));
  }

  @Test
  void a_message_sent_twice_signs_in_once() {
    String message = wallet.message(TestWallet.nonce(port), Instant.now());
    String body = TestWallet.body(message, wallet.sign(message));

    assertThat(Http.send(port, "POST", VERIFY, "", body).statusCode()).isEqualTo(200);

    assertProblem(Http.send(port, "POST", VERIFY, "", body), 401, "sign-in-refused", "nonce");
    assertThat(sessions()).isEqualTo(1);
  }

  @Test
  void of_fifty_that_send_one_message_at_once_one_is_signed_in() throws Exception {
    String message = wallet.message(TestWallet.nonce(port), Instant.now());
    String body = TestWallet.body(message, wallet.sign(message));
    List<Future<HttpResponse<String>>> answers = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 50; i++) {
        answers.add(threads.submit(() -> Http.send(port, "POST", VERIFY, "", body)));
      }
    }

    List<Integer> statuses = new ArrayList<>();
    for (var answer : answers) {
      statuses.add(answer.get().statusCode());
    }
    assertThat(statuses).filteredOn(status -> status == 200).hasSize(1);
    // The pool may be full for a moment; nobody else gets in for that.
    assertThat(statuses).allMatch(status -> status == 200 || status == 401 || status == 503);
    assertThat(sessions()).isEqualTo(1);
  }

  @Test
  void a_nonce_that_nobody_gave_out_or_that_has_lapsed_signs_nobody_in() {
    assertProblem(signIn("0".repeat(32)), 401, "sign-in-refused", "nonce");

    String nonce = TestWallet.nonce(port);
    clock.advance(Duration.ofMinutes(11));
    String message = wallet.message(nonce, clock.instant());
    assertProblem(
        Http.send(port, "POST", VERIFY, "", TestWallet.body(message, wallet.sign(message))),
        401,
        "sign-in-refused",
        "nonce");
    assertThat(sessions()).isZero();
  }

  @Test
  void a_message_for_elsewhere_is_refused_and_leaves_the_nonce_good() {
    String nonce = TestWallet.nonce(port);
    String good = wallet.message(nonce, Instant.now());
    for (String changed :
        List.of(
            good.replace("market.example wants", "evil.example wants"),
            good.replace("URI: https://market.example", "URI: https://evil.example"),
            good.replace("Chain ID: 31337", "Chain ID: 1"),
            wallet.message(nonce, Instant.now().minusSeconds(660)),
            wallet.message(nonce, Instant.now().plusSeconds(90)))) {
      assertThat(changed).isNotEqualTo(good);
      assertProblem(
          Http.send(port, "POST", VERIFY, "", TestWallet.body(changed, wallet.sign(changed))),
          401,
          "sign-in-refused",
          "");
    }

    assertThat(
            Http.send(port, "POST", VERIFY, "", TestWallet.body(good, wallet.sign(good)))
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void anothers_signature_signs_nobody_in_and_uses_up_nothing() {
    String message = wallet.message(TestWallet.nonce(port), Instant.now());

    assertProblem(
        Http.send(
            port, "POST", VERIFY, "", TestWallet.body(message, TestWallet.create().sign(message))),
        401,
        "sign-in-refused",
        "signature");
    assertProblem(
        Http.send(
            port,
            "POST",
            VERIFY,
            "",
            TestWallet.body(message, wallet.sign(message.replace("31337", "1")))),
        401,
        "sign-in-refused",
        "signature");

    assertThat(
            Http.send(port, "POST", VERIFY, "", TestWallet.body(message, wallet.sign(message)))
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void a_second_form_of_a_good_signature_is_refused_by_name() {
    String message = wallet.message(TestWallet.nonce(port), Instant.now());
    byte[] good = Signature.parse(wallet.sign(message)).toBytes();
    byte[] recovery = good.clone();
    recovery[64] -= 27;
    byte[] highS = good.clone();
    byte[] s = ORDER.subtract(new BigInteger(1, good, 32, 32)).toByteArray();
    System.arraycopy(s, s.length - 32, highS, 32, 32);
    highS[64] = (byte) (good[64] == 27 ? 28 : 27);
    byte[] compact = Arrays.copyOf(good, 64);

    assertProblem(verify(message, recovery), 400, "invalid-body", "v is 27 or 28");
    assertProblem(verify(message, highS), 400, "invalid-body", "half the curve's order");
    assertProblem(verify(message, compact), 400, "invalid-body", "65 bytes");
    assertProblem(verify(message, new byte[65]), 400, "invalid-body", "r is above 0");
    assertProblem(
        Http.send(port, "POST", VERIFY, "", TestWallet.body(message, "0xzz")),
        400,
        "invalid-body",
        "");
    assertThat(verify(message, good).statusCode()).isEqualTo(200);
  }

  @Test
  void what_is_no_message_is_refused_with_its_line() {
    assertProblem(
        Http.send(port, "POST", VERIFY, "", TestWallet.body("let me in", "0x00")),
        400,
        "invalid-body",
        "Line 1");
  }

  @Test
  void a_worker_signs_in_by_the_key_that_its_wallet_has_bound() {
    var owner = TestWallet.create();
    String message = wallet.message(TestWallet.nonce(port), Instant.now());
    String body = TestWallet.body(message, wallet.sign(message));

    assertProblem(Http.send(port, "POST", SESSIONS, "", body), 403, "key-not-bound", "bindKey");

    boundKeys.bind(wallet.address(), owner.address());
    var answer = Http.send(port, "POST", SESSIONS, "", body); // the nonce was left good

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    var session = json.readTree(answer.body());
    assertThat(session.path("worker").stringValue()).isEqualTo(owner.address().hex());
    assertThat(session.path("court").path("chainId").intValue()).isEqualTo(31337);
    assertThat(session.path("court").path("verifyingContract").stringValue())
        .isEqualTo("0xdc64a140aa3e981100a9beca4e685f962f0cf6c9");
    assertThat(Instant.parse(session.path("expiresAt").stringValue()))
        .isAfter(Instant.now().plus(Duration.ofHours(11)));
    assertThat(session.path("minimumAgentVersion").stringValue()).isEmpty();
  }

  @Test
  void a_workers_session_ends_with_the_right_of_its_key() {
    boundKeys.bind(wallet.address(), wallet.address());
    String token = wallet.signInAsWorker(port);
    assertThat(lease(token).statusCode()).isEqualTo(200);

    boundKeys.revoke(wallet.address());

    assertThat(lease(token).statusCode()).isEqualTo(401);
  }

  @Test
  void a_worker_signs_out() {
    boundKeys.bind(wallet.address(), wallet.address());
    String token = wallet.signInAsWorker(port);

    assertThat(Http.send(port, "DELETE", SESSIONS, token, null).statusCode()).isEqualTo(204);

    assertThat(lease(token).statusCode()).isEqualTo(401);
  }

  @Test
  void who_signs_out_is_out_at_once_and_others_stay() {
    String token = wallet.signIn(port);
    String other = wallet.signIn(port);
    assertThat(keys(token).statusCode()).isEqualTo(200);

    assertThat(Http.send(port, "DELETE", "/api/auth/session", token, null).statusCode())
        .isEqualTo(204);

    assertThat(keys(token).statusCode()).isEqualTo(401);
    assertThat(keys(other).statusCode()).isEqualTo(200);
  }

  @Test
  void the_seventeenth_session_of_a_wallet_ends_the_first() {
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < 17; i++) {
      tokens.add(wallet.signIn(port));
    }

    assertThat(sessions()).isEqualTo(16);
    assertThat(keys(tokens.getFirst()).statusCode()).isEqualTo(401);
    assertThat(keys(tokens.get(1)).statusCode()).isEqualTo(200);
    assertThat(keys(tokens.getLast()).statusCode()).isEqualTo(200);
  }

  @Test
  void what_is_about_to_be_signed_for_is_public() {
    var answer = Http.send(port, "GET", "/api/market", "", null);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(json.readTree(answer.body()))
        .isEqualTo(
            json.readTree(
                """
                {"chainId": 31337,
                 "court": "0xdc64a140aa3e981100a9beca4e685f962f0cf6c9",
                 "escrow": "0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0",
                 "stake": "0xcf7ed3acca5a467e9e704c703e8d87f634fb0fc9",
                 "token": {"address": "0x5fbdb2315678afecb367f032d93f642f64180aa3",
                           "symbol": "TUSD", "decimals": 6},
                 "paused": []}\
                """));
  }

  private HttpResponse<String> signIn(String nonce) {
    String message = wallet.message(nonce, clock.instant());
    return Http.send(port, "POST", VERIFY, "", TestWallet.body(message, wallet.sign(message)));
  }

  private HttpResponse<String> verify(String message, byte[] signature) {
    return Http.send(
        port,
        "POST",
        VERIFY,
        "",
        TestWallet.body(message, "0x" + HexFormat.of().formatHex(signature)));
  }

  private HttpResponse<String> keys(String token) {
    return Http.send(port, "GET", "/api/keys", token, null);
  }

  private HttpResponse<String> lease(String token) {
    return Http.send(
        port,
        "POST",
        "/worker/v1/leases",
        token,
        """
        {"capacity":1,"agentVersion":"test/1","sentAt":"2026-11-23T12:00:00Z"}\
        """);
  }

  private long sessions() {
    return jdbc.sql("select count(*) from wallet_session where signed_by = :wallet")
        .param("wallet", wallet.address().hex())
        .query(Long.class)
        .single();
  }

  private void assertProblem(
      HttpResponse<String> answer, int status, String code, String inDetail) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    JsonNode problem = json.readTree(answer.body());
    assertThat(problem.path("error").path("code").stringValue()).isEqualTo(code);
    assertThat(problem.path("detail").stringValue()).containsIgnoringCase(inDetail);
    assertThat(answer.headers().firstValue("www-authenticate").isPresent())
        .isEqualTo(status == 401);
  }
}
