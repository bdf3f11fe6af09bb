package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.identity.TestIssuer;
import dev.assay.marketplace.pause.PaymentPauses;
import dev.assay.protocol.EventId;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.event.PaymentsSwitched;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.LeaseAnswer;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
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
  private final PaymentPauses payments;

  private TestRequester requester;

  PauseModuleTests(
      @LocalServerPort int port,
      @LocalManagementPort int managementPort,
      @Autowired JdbcClient jdbc,
      @Autowired TestMarket market,
      @Autowired MeterRegistry meters,
      @Autowired PaymentPauses payments) {
    this.port = port;
    this.managementPort = managementPort;
    this.jdbc = jdbc;
    this.market = market;
    this.meters = meters;
    this.payments = payments;
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
    jdbc.sql(
            """
            insert into payment_pause (holder, number, paused, reason, by)
            select distinct on (holder) holder, number + 1, false, 'over', 'a test' from payment_pause
             order by holder, number desc\
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
    assertThat(answer.headers().firstValue("retry-after")).contains("5");
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
  void a_market_that_is_drained_takes_no_job_and_finishes_those_it_has() {
    TestWorker worker = market.worker().offers(20_000);
    String waiting = posted("waits");

    operates(
        "pauses", Map.of("what", "market", "drain", true, "reason", REASON), "ada-the-operator");

    assertThat(paused().path(0).path("drain").booleanValue()).isTrue();
    isRefused(post("refused"), "The market is draining: ");
    isRefused(
        send("POST", "/api/quotes", job("all-minilm-l6-v2", "x")), "The market is draining: ");
    Lease lease = worker.leases();
    assertThat(worker.sends(worker.result(lease)).outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(Http.read(send("GET", "/api/jobs/" + waiting, null)).path("status").stringValue())
        .isEqualTo("attested");
    assertThat(worker.asks(1, "0s").idleBecause()).doesNotContain(REASON);
    assertThat(
            jdbc.sql("select who from admin_action where action = 'drain' and why = :why")
                .param("why", REASON)
                .query(String.class)
                .list())
        .contains("ada-the-operator");
  }

  @Test
  void a_worker_that_is_drained_is_given_no_job_and_ends_what_it_has() {
    TestWorker drained = market.worker().offers(10_000);
    posted("in hand");
    Lease lease = drained.leases();

    operates(
        "pauses",
        Map.of(
            "what", "worker", "subject", drained.address().hex(), "drain", true, "reason", REASON),
        "ada");

    assertThat(drained.asks(1, "0s").idleBecause()).isEqualTo("The worker is draining: " + REASON);
    assertThat(drained.sends(drained.result(lease)).outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(
            Http.json(
                    port,
                    "GET",
                    "/api/admin/workers/" + drained.address(),
                    TestIssuer.token("ada", "viewer"),
                    null,
                    JsonNode.class)
                .at("/worker/state")
                .stringValue())
        .isEqualTo("draining");
  }

  private void operates(String verb, Map<String, Object> body, String who) {
    var answer =
        Http.send(
            port, "POST", "/api/admin/" + verb, TestIssuer.token(who, "operator"), body, Map.of());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  /** Told to settlement once, shown to everyone, and in the log. */
  @Test
  void payments_are_stopped_by_the_api_and_settlements_own_stop_is_shown_beside() {
    market.worker().offers(20_000);

    operates("pauses", Map.of("what", "settlement", "reason", REASON), "ada");

    assertThat(paused().path(0).path("what").stringValue()).isEqualTo("settlement");
    assertThat(paused().path(0).path("reason").stringValue()).isEqualTo(REASON);
    await().atMost(Duration.ofSeconds(30)).until(() -> untold() == 0);
    posted("payments alone are stopped");
    var own =
        new PaymentsSwitched(
            new EventId(UUID.randomUUID()), Instant.now(), 1_000_000, true, "the key", "bob", "");
    payments.record(own);
    payments.record(own); // comes twice
    await().atMost(Duration.ofSeconds(30)).until(() -> paused().size() == 2);
    assertThat(paused().path(1).path("subject").stringValue()).isEqualTo("own");
    operates("resumes", Map.of("what", "settlement", "reason", "over"), "ada");
    assertThat(paused().size()).isEqualTo(1); // it is not the market's to let go
    assertThat(paused().path(0).path("reason").stringValue()).isEqualTo("the key");

    assertThat(
            jdbc.sql(
                    """
                    select who || ' ' || action || ' ' || subject from admin_action
                     where subject like 'settlement%' order by number desc limit 3\
                    """)
                .query(String.class)
                .list())
        .containsExactly(
            "ada resume settlement", "bob pause settlement own", "ada pause settlement");
  }

  private int untold() {
    return jdbc.sql(
            """
            select count(*) from payment_pause p
             where holder = 'market' and not exists (select from payment_pause_told t where t.id = p.id)\
            """)
        .query(Integer.class)
        .single();
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
