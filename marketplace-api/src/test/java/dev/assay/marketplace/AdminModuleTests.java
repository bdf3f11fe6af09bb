package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.identity.TestIssuer;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.protocol.admin.CheckLog;
import dev.assay.protocol.admin.LogHead;
import dev.assay.protocol.admin.LoggedAction;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What operators do by the API, and what of it can be proved afterwards. */
@MarketModuleTest
@Timeout(180)
class AdminModuleTests {
  private final int port;
  private final JdbcClient jdbc;
  private final MeterRegistry meters;

  /** A worker that is nobody, of this test alone. */
  private final String worker =
      "0x%s%s".formatted("0".repeat(8), UUID.randomUUID()).replace("-", "");

  private final String operator = "op-" + UUID.randomUUID();

  AdminModuleTests(
      @LocalServerPort int port, @Autowired JdbcClient jdbc, @Autowired MeterRegistry meters) {
    this.port = port;
    this.jdbc = jdbc;
    this.meters = meters;
  }

  private HttpResponse<String> send(String method, String path, Object body, String... roles) {
    return Http.send(port, method, path, TestIssuer.token(operator, roles), body, Map.of());
  }

  private Map<String, Object> stop(String reason) {
    return Map.of("what", "worker", "subject", worker, "reason", reason);
  }

  private HttpResponse<String> pause(String reason) {
    return send("POST", "/api/admin/pauses", stop(reason), "operator");
  }

  private List<LoggedAction> log() {
    String lines =
        Http.send(port, "GET", "/api/admin/log/export", TestIssuer.token("x", "viewer"), null)
            .body();
    List<LoggedAction> log = new ArrayList<>();
    lines.lines().forEach(line -> log.add(JsonMapper.shared().readValue(line, LoggedAction.class)));
    return log;
  }

  private List<LoggedAction> mine() {
    return log().stream().filter(action -> action.who().equals(operator)).toList();
  }

  /** Enrolled, and known to nobody but this test. */
  private List<String> enrolled(String agent) {
    List<String> workers = List.of(worker.substring(0, 41) + "1", worker.substring(0, 41) + "2");
    workers.forEach(address ->
        jdbc.sql(
                """
                insert into worker (address, agent_version, enrolled_at) values (:address, :agent, now())\
                """)
            .param("address", address)
            .param("agent", agent)
            .update());
    return workers;
  }

  @Test
  void many_workers_are_drained_by_one_action_once() {
    String agent = "=agent/" + operator.substring(0, 20);
    List<String> workers = enrolled(agent);
    UUID id = UUID.randomUUID();
    Map<String, Object> body =
        Map.of("id", id, "deed", "drain", "agentVersion", agent, "reason", "they are one");

    assertThat(send("POST", "/api/admin/bulk-actions", body, "viewer").statusCode()).isEqualTo(403);
    assertThat(send("POST", "/api/admin/bulk-actions", body, "operator").statusCode())
        .isEqualTo(202);
    assertThat(send("POST", "/api/admin/bulk-actions", body, "operator").statusCode())
        .isEqualTo(202);
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          JsonNode bulk =
              JsonMapper.shared()
                  .readTree(send("GET", "/api/admin/bulk-actions/" + id, "", "viewer").body());
          return bulk.path("isFinished").booleanValue() && bulk.path("done").intValue() == 2;
        });

    assertThat(mine())
        .extracting(LoggedAction::action, LoggedAction::subject)
        .contains(
            tuple("bulk drain", "workers " + id),
            tuple("drain", "worker " + workers.getFirst()),
            tuple("drain", "worker " + workers.getLast()))
        .hasSize(4); // and what the viewer was refused
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() ->
            send("GET", "/api/admin/workers/" + workers.getFirst(), "", "viewer")
                .body()
                .contains("\"state\":\"draining\""));
    assertThat(
            send(
                    "POST",
                    "/api/admin/bulk-actions",
                    Map.of("id", id, "deed", "resume", "agentVersion", agent, "reason", "over"),
                    "operator")
                .statusCode())
        .isEqualTo(422);
    assertThat(
            send(
                    "POST",
                    "/api/admin/bulk-actions",
                    Map.of("id", UUID.randomUUID(), "deed", "pause", "reason", "all"),
                    "operator")
                .body())
        .contains("pause the market");
  }

  @Test
  void a_list_is_exported_whole_and_no_spreadsheet_computes_it() {
    String agent = "=1+1/" + operator.substring(0, 20);
    List<String> workers = enrolled(agent);

    String csv = send("GET", "/api/admin/lists/workers/export?format=csv", "", "viewer").body();
    assertThat(csv).startsWith("\"address\",\"state\",\"agentVersion\"");
    assertThat(csv.lines().filter(line -> line.contains("\"'" + agent + "\"")))
        .hasSize(workers.size());
    long rows = jdbc.sql("select count(*) from worker").query(Long.class).single();
    assertThat(csv.lines().count()).isEqualTo(rows + 1);
    String lines = send("GET", "/api/admin/lists/workers/export", "", "viewer").body();
    assertThat(lines.lines().map(line -> JsonMapper.shared().readTree(line).path("address")))
        .hasSize(Math.toIntExact(rows))
        .doesNotHaveDuplicates();
    assertThat(mine())
        .extracting(LoggedAction::action, LoggedAction::subject)
        .containsExactly(tuple("export", "workers csv"), tuple("export", "workers jsonl"));
    assertThat(send("GET", "/api/admin/lists/keys/export", "", "viewer").statusCode())
        .isEqualTo(404);
    assertThat(send("GET", "/api/admin/lists/jobs/export?format=xls", "", "viewer").statusCode())
        .isEqualTo(400);
  }

  private LogHead head() {
    return Http.json(
        port, "GET", "/api/admin/log/head", TestIssuer.token("x", "viewer"), null, LogHead.class);
  }

  private void holds(LogHead noted) {
    assertThat(CheckLog.of(log().iterator(), List.of(noted))).isInstanceOf(CheckLog.Holds.class);
  }

  @Test
  void a_stop_says_who_did_it_why_and_what_was_before_and_everyone_reads_the_reason() {
    var answer = pause("it loops");
    pause("it loops still");
    send("POST", "/api/admin/resumes", stop("it is mended"), "operator");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).contains(worker, "it loops");
    assertThat(mine())
        .extracting(LoggedAction::action, LoggedAction::subject, LoggedAction::why)
        .containsExactly(
            tuple("pause", "worker " + worker, "it loops"),
            tuple("pause", "worker " + worker, "it loops still"),
            tuple("resume", "worker " + worker, "it is mended"));
    LoggedAction second = mine().get(1);
    assertThat(JsonMapper.shared().readTree(second.before()))
        .isEqualTo(
            JsonMapper.shared()
                .readTree("{\"drain\":false,\"paused\":true,\"reason\":\"it loops\"}"));
    assertThat(mine().getFirst().request())
        .isEqualTo(answer.headers().firstValue("x-request-id").orElseThrow());
    holds(head());
  }

  /** The command on the machine, and an operator with the database's password, leave the same. */
  @Test
  void a_stop_that_does_not_come_by_the_api_is_in_the_log_too() {
    jdbc.sql(
            """
            insert into pause (what, subject, paused, reason, by)
            values ('WORKER', :worker, false, 'typed by hand', :who)\
            """)
        .param("worker", worker)
        .param("who", operator)
        .update();

    assertThat(mine()).extracting(LoggedAction::why).containsExactly("typed by hand");
    holds(head());
  }

  @Test
  void what_was_refused_is_in_the_log_with_whom_it_was_refused_to() {
    assertThat(send("POST", "/api/admin/pauses", stop("x"), "viewer").statusCode()).isEqualTo(403);
    assertThat(pause(" ").statusCode()).isEqualTo(400);
    assertThat(
            send("POST", "/api/admin/pauses", Map.of("what", "chain", "reason", "x"), "operator")
                .statusCode())
        .isEqualTo(400);
    send("GET", "/api/admin/log", "", "root");

    assertThat(mine())
        .extracting(LoggedAction::action, LoggedAction::outcome)
        .contains(
            tuple("POST /api/admin/pauses", "forbidden"),
            tuple("POST /api/admin/pauses", "invalid-body"));
    assertThat(mine()).noneMatch(action -> action.outcome().equals("done"));
    holds(head());
  }

  @Test
  void strangers_are_written_down_as_nobody_and_cannot_fill_the_log() {
    long before = head().number();
    double unlogged = meters.get("market.admin.attempts.unlogged").counter().count();
    String requester = TestWallet.create().signIn(port);
    for (int i = 0; i < 70; i++) {
      Http.send(port, "POST", "/api/admin/pauses", "", stop("x"));
      Http.send(port, "GET", "/api/admin/log", requester, null);
    }
    List<LoggedAction> added =
        log().stream()
            .filter(action -> action.number() > before && action.who().equals("nobody"))
            .toList();
    unlogged = meters.get("market.admin.attempts.unlogged").counter().count() - unlogged;

    assertThat(added.size() + unlogged).isEqualTo(140);
    assertThat(added).as("sixty in each minute that this has touched").hasSizeLessThan(140);
    assertThat(added)
        .extracting(LoggedAction::outcome)
        .isSubsetOf("unauthenticated", "forbidden", "rate-limited");
  }

  @Test
  void operators_who_act_at_once_make_one_chain() throws Exception {
    LogHead before = head();
    try (var threads = Executors.newFixedThreadPool(6)) {
      List<Future<HttpResponse<String>>> all = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        int number = i;
        all.add(threads.submit(() -> pause("number " + number)));
      }
      for (var one : all) {
        assertThat(one.get().statusCode()).isEqualTo(200);
      }
    }
    send("POST", "/api/admin/resumes", stop("over"), "operator");

    assertThat(mine()).hasSize(61);
    assertThat(head().number()).isGreaterThanOrEqualTo(before.number() + 61);
    holds(before);
    holds(head());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "update admin_action set why = 'another'",
        "delete from admin_action",
        "truncate admin_action",
        "insert into admin_action (who, action, outcome) values ('', 'x', 'done')",
        "insert into admin_action (who, action, outcome) values ('x', 'x', 'Not A Code')"
      })
  void the_database_refuses_to_change_what_was_logged(String statement) {
    pause("something to change");

    assertThatThrownBy(() -> jdbc.sql(statement).update()).isInstanceOf(DataAccessException.class);
  }

  @Test
  void whoever_owns_the_database_and_changes_it_all_the_same_is_found() {
    pause("the truth");
    LoggedAction row = mine().getLast();
    LogHead noted = head();

    rewrite(row.number(), "something else");
    CheckLog.Finding found = CheckLog.of(log().iterator(), List.of(noted));
    rewrite(row.number(), "the truth");

    assertThat(found).isInstanceOf(CheckLog.Broken.class);
    assertThat(found.words()).contains("row " + row.number() + " is not what its hash");
    holds(noted);
  }

  private void rewrite(long number, String why) {
    jdbc.sql("alter table admin_action disable trigger admin_action_is_immutable").update();
    jdbc.sql("update admin_action set why = :why where number = :number")
        .param("why", why)
        .param("number", number)
        .update();
    jdbc.sql("alter table admin_action enable trigger admin_action_is_immutable").update();
  }

  @Test
  void the_log_is_listed_by_pages_the_newest_first_and_by_who_and_outcome() {
    pause("one");
    pause("two");
    pause(" ");

    JsonNode first = page("?limit=1&outcome=done&who=" + operator);
    JsonNode second =
        page(
            "?limit=1&outcome=done&who=%s&after=%d"
                .formatted(operator, first.at("/data/0/number").longValue()));

    assertThat(first.at("/data/0/why").stringValue()).isEqualTo("two");
    assertThat(first.path("hasMore").booleanValue()).isTrue();
    assertThat(second.at("/data/0/why").stringValue()).isEqualTo("one");
    assertThat(second.path("hasMore").booleanValue()).isFalse();
    assertThat(page("?who=" + operator).path("data")).hasSize(3);
    assertThat(send("GET", "/api/admin/log?sort=why", "", "viewer").statusCode()).isEqualTo(400);
    assertThat(send("GET", "/api/admin/log?after=x", "", "viewer").statusCode()).isEqualTo(400);
  }

  private JsonNode page(String query) {
    return Http.json(
        port,
        "GET",
        "/api/admin/log" + query,
        TestIssuer.token("x", "viewer"),
        null,
        JsonNode.class);
  }
}
