package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.identity.TestIssuer;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Two operators change a parameter; one alone cannot. */
@MarketModuleTest
@Timeout(180)
class ParameterModuleTests {
  private static final String NAME = "hedge-percent";
  private static final String ADA = TestIssuer.token("ada", "operator", "approver");
  private static final String GRACE = TestIssuer.token("grace", "operator", "approver");

  private final int port;
  private final JdbcClient jdbc;

  ParameterModuleTests(@LocalServerPort int port, @Autowired JdbcClient jdbc) {
    this.port = port;
    this.jdbc = jdbc;
  }

  /** Other tests want what is configured. */
  @AfterEach
  void restore() {
    JsonNode now = parameter();
    if (now.path("proposal").isObject()) {
      act("withdrawals/" + now.at("/proposal/id").longValue(), ADA);
    }
    if (parameter().path("value").intValue() != now.path("configured").intValue()) {
      long id = proposed(now.path("configured").intValue());
      assertThat(act("approvals/" + id, GRACE).statusCode()).isEqualTo(200);
      awaitValue(now.path("configured").intValue());
    }
  }

  private JsonNode parameter() {
    JsonNode all = Http.json(port, "GET", "/api/admin/parameters", ADA, null, JsonNode.class);
    return all.path("data")
        .valueStream()
        .filter(one -> one.path("name").stringValue().equals(NAME))
        .findFirst()
        .orElseThrow();
  }

  private HttpResponse<String> propose(int value, long version) {
    return Http.send(
        port,
        "POST",
        "/api/admin/parameters/" + NAME + "/proposals",
        ADA,
        Map.of("value", value, "reason", "a try"),
        Map.of("If-Match", "\"" + version + "\""));
  }

  private long proposed(int value) {
    var answer = propose(value, parameter().path("version").longValue());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Http.read(answer).at("/proposal/id").longValue();
  }

  private HttpResponse<String> act(String what, String token) {
    return Http.send(port, "POST", "/api/admin/" + what, token, Map.of("reason", "agreed"));
  }

  private void awaitValue(int value) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(parameter().path("value").intValue()).isEqualTo(value));
  }

  private static void isRefused(HttpResponse<String> answer, int status, String code) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(Http.read(answer).at("/error/code").stringValue()).isEqualTo(code);
  }

  @Test
  void what_one_proposes_and_another_approves_is_in_force_after_the_delay() {
    long id = proposed(9);

    isRefused(act("approvals/" + id, ADA), 403, "forbidden");
    Instant before = Instant.now();
    var approved = act("approvals/" + id, GRACE);

    JsonNode proposal = Http.read(approved).path("proposal");
    assertThat(proposal.path("approvedBy").stringValue()).isEqualTo("grace");
    assertThat(Instant.parse(proposal.path("effectiveAt").stringValue()))
        .isAfterOrEqualTo(before.plus(Duration.ofSeconds(1)));
    awaitValue(9);
    assertThat(parameter().path("proposal").isNull() || !parameter().has("proposal")).isTrue();
    isRefused(act("approvals/" + id, GRACE), 404, "not-found");
    isRefused(act("withdrawals/" + id, GRACE), 404, "not-found");
  }

  @Test
  void who_has_not_seen_the_last_change_proposes_none_nor_beside_one_that_is_on_its_way() {
    long seen = parameter().path("version").longValue();
    isRefused(propose(8, seen + 1), 412, "stale-edit");
    long id = proposed(8);
    isRefused(propose(7, seen), 412, "stale-edit");
    isRefused(propose(7, parameter().path("version").longValue()), 409, "proposal-open");

    assertThat(act("withdrawals/" + id, GRACE).statusCode()).isEqualTo(200);
    isRefused(act("approvals/" + id, GRACE), 404, "not-found");
  }

  @Test
  void a_value_out_of_bounds_is_refused() {
    for (int value : new int[] {-1, 51}) {
      isRefused(propose(value, parameter().path("version").longValue()), 400, "invalid-body");
    }
  }

  @Test
  void nobody_approves_their_own_change_in_the_database_either_and_all_of_it_is_logged() {
    long id = proposed(6);

    assertThatThrownBy(() ->
            jdbc.sql(
                    """
                    insert into parameter_change (kind, parameter, proposal, effective_at, reason, by)
                    values ('approved', :name, :id, now(), 'mine', 'ada')\
                    """)
                .param("name", NAME)
                .param("id", id)
                .update())
        .isInstanceOf(DataAccessException.class);
    JsonNode last =
        Http.json(
                port,
                "GET",
                "/api/admin/log?limit=1&who=ada&outcome=done",
                ADA,
                null,
                JsonNode.class)
            .at("/data/0");
    assertThat(last.path("action").stringValue()).isEqualTo("propose");
    assertThat(last.path("subject").stringValue()).isEqualTo(NAME);
    assertThat(last.path("after").stringValue()).contains("\"value\": 6");
  }
}
