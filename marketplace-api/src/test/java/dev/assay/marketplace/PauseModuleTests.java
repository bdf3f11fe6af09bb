package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.LeaseAnswer;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** What an operator stops, and what those whom it concerns see of it. */
@MarketModuleTest
@Timeout(60)
class PauseModuleTests {
  private static final String REASON = "the chain forks at noon";

  private final int port;
  private final int managementPort;
  private final JdbcClient jdbc;
  private final TestMarket market;
  private final MeterRegistry meters;

  private TestRequester requester;

  PauseModuleTests(
      @LocalServerPort int port,
      @LocalManagementPort int managementPort,
      @Autowired JdbcClient jdbc,
      @Autowired TestMarket market,
      @Autowired MeterRegistry meters) {
    this.port = port;
    this.managementPort = managementPort;
    this.jdbc = jdbc;
    this.market = market;
    this.meters = meters;
  }

  @BeforeEach
  void parties() {
    market.opens();
    requester = market.requester(1_000_000);
  }

  @BeforeEach
  @AfterEach
  void resume() {
    jdbc.sql(
            """
            insert into pause (what, subject, paused, reason, by)
            select distinct what, subject, false, 'over', 'a test' from pause\
            """)
        .update();
    await().atMost(Duration.ofSeconds(30)).until(() -> paused().isEmpty());
  }

  @AfterEach
  void leave() {
    market.closes();
  }

  private void pause(String what, String subject) {
    jdbc.sql(
            """
            insert into pause (what, subject, paused, reason, by)
            values (:what, :subject, true, :reason, 'a test')\
            """)
        .param("what", what)
        .param("subject", subject)
        .param("reason", REASON)
        .update();
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> paused().toString().contains("\"subject\":\"" + subject + "\""));
  }

  /** For everyone, without a credential. */
  private JsonNode paused() {
    return Http.json(port, "GET", "/api/market", "", null, JsonNode.class).path("paused");
  }

  private HttpResponse<String> send(String method, String path, @Nullable Object body) {
    return requester.sends(method, path, body);
  }

  private HttpResponse<String> post(String text) {
    return send("POST", "/api/jobs", job("all-minilm-l6-v2", text));
  }

  private static String job(String model, String text) {
    return """
    {"model":"%s","input":{"kind":"embeddings","texts":["%s"]}}\
    """
        .formatted(model, text);
  }

  private String posted(String text) {
    return requester.posts(job("all-minilm-l6-v2", text));
  }

  private void isRefused(HttpResponse<String> answer, String words) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
    JsonNode problem = Http.read(answer);
    assertThat(problem.path("error").path("code").stringValue()).isEqualTo("paused");
    assertThat(problem.path("retryable").booleanValue()).isTrue();
    assertThat(problem.path("detail").stringValue()).contains(words + REASON);
  }

  private JsonNode candidates(String job) {
    return Http.read(send("GET", "/api/jobs/" + job + "/match-trace", null))
        .path("now")
        .path("candidates");
  }

  @Test
  void a_paused_market_takes_no_job_and_gives_none_and_what_is_executed_ends() {
    TestWorker worker = market.worker().offers(20_000);
    posted("leased before");
    Lease lease = worker.leases();
    String key = "key-" + UUID.randomUUID();
    String body = job("all-minilm-l6-v2", "again");
    var first = requester.sends("POST", "/api/jobs", body, Map.of("Idempotency-Key", key));
    String waiting = Http.read(first).path("id").stringValue();
    String unwanted = posted("cancelled meanwhile");

    pause("MARKET", "");

    assertThat(paused().path(0).path("what").stringValue()).isEqualTo("market");
    assertThat(paused().path(0).path("reason").stringValue()).isEqualTo(REASON);
    isRefused(post("refused"), "The market is paused: ");
    isRefused(send("POST", "/api/quotes", body), "The market is paused: ");
    var again = requester.sends("POST", "/api/jobs", body, Map.of("Idempotency-Key", key));
    assertThat(Http.read(again).path("id").stringValue()).isEqualTo(waiting);
    LeaseAnswer idle = worker.asks(4, "0s");
    assertThat(idle.leases()).isEmpty();
    assertThat(idle.idleBecause()).isEqualTo("The market is paused: " + REASON);
    assertThat(idle.skipped()).containsKey("paused");
    assertThat(candidates(waiting).path(0).path("reason").stringValue()).isEqualTo("paused");
    assertThat(candidates(waiting).path(0).path("words").stringValue()).contains(REASON);
    assertThat(Http.send(managementPort, "GET", "/actuator/health", "", null).body())
        .contains("\"market\":\"" + REASON + "\"");
    assertThat(worker.sends(worker.result(lease)).outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(send("POST", "/api/jobs/" + unwanted + "/cancel", null).statusCode())
        .isBetween(200, 299);

    resume();

    assertThat(worker.leases().input()).isEqualTo(new EmbeddingsInput(List.of("again")));
  }

  @Test
  void a_worker_that_waits_is_told_at_once() throws Exception {
    TestWorker worker = market.worker().offers(20_000);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<LeaseAnswer> waits = threads.submit(() -> worker.asks(1, "30s"));
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> meters.get("market.polls.parked").gauge().value() > 0);
      pause("MARKET", "");
      assertThat(waits.get(15, TimeUnit.SECONDS).idleBecause()).contains(REASON);
    }
  }

  @Test
  void a_paused_model_stops_while_others_go_on() {
    TestWorker chats = market.worker().offersChat(20_000);
    TestWorker embeds = market.worker().offers(20_000);
    String chat =
        """
        {"model":"tiny-words","input":{"kind":"chat","messages":[{"role":"user","content":"hi"}],\
        "maxTokens":5,"temperatureMilli":0,"seed":1}}\
        """;

    pause("MODEL", TestWorker.CHAT_MODEL.digest().toString());

    isRefused(send("POST", "/api/jobs", chat), "The model is paused: ");
    assertThat(chats.asks(1, "0s").idleBecause()).contains(REASON);
    posted("goes on");
    assertThat(embeds.leases().inputDigest()).isNotNull();
  }

  @Test
  void a_paused_worker_has_no_job_while_another_has() {
    TestWorker paused = market.worker().offers(10_000);
    TestWorker other = market.worker().offers(20_000);

    pause("WORKER", paused.address().hex());

    String job = posted("for the other");
    assertThat(paused.asks(1, "0s").idleBecause()).isEqualTo("The worker is paused: " + REASON);
    assertThat(candidates(job).toString()).contains("\"reason\":\"paused\"");
    assertThat(other.leases().inputDigest()).isNotNull();
  }

  @Test
  void what_an_operator_did_stays_and_nothing_else_can_be_written() {
    pause("MARKET", "");
    for (String wrong :
        List.of(
            "update pause set reason = 'another'",
            "delete from pause",
            "truncate pause",
            "insert into pause (what, subject, paused, reason, by) values ('MARKET', '', true, ' ',"
                + " 'x')",
            "insert into pause (what, subject, paused, reason, by) values ('MARKET', '', true,"
                + " 'why', '')",
            "insert into pause (what, subject, paused, reason, by) values ('MARKET', '0x', true,"
                + " 'why', 'x')",
            "insert into pause (what, subject, paused, reason, by) values ('MODEL', '', true,"
                + " 'why', 'x')",
            "insert into pause (what, subject, paused, reason, by) values ('WORKER', '0xAB', true,"
                + " 'why', 'x')",
            "insert into pause (what, subject, paused, reason, by) values ('CHAIN', '', true,"
                + " 'why', 'x')")) {
      assertThatThrownBy(() -> jdbc.sql(wrong).update())
          .as(wrong)
          .isInstanceOf(DataAccessException.class);
    }
  }
}
