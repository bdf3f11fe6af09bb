package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.identity.TestWallet;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

@MarketModuleTest
class HostileInputModuleTests {
  /** One worker's for each server; what is sent is refused for itself, not for its sender. */
  private static final Map<Integer, Sender> SENDERS = new ConcurrentHashMap<>();

  private final int port;
  private final JdbcClient jdbc;
  private final JsonMapper json;
  private final Sender sender;

  private record Sender(String token, String worker) {}

  HostileInputModuleTests(
      @LocalServerPort int port,
      @Autowired JdbcClient jdbc,
      @Autowired JsonMapper json,
      @Autowired BoundKeys boundKeys) {
    this.port = port;
    this.jdbc = jdbc;
    this.json = json;
    this.sender = SENDERS.computeIfAbsent(port, _ -> signIn(port, boundKeys));
  }

  private static Sender signIn(int port, BoundKeys boundKeys) {
    var key = TestWallet.create();
    boundKeys.bind(key.address(), key.address());
    return new Sender(key.signInAsWorker(port), key.address().hex());
  }

  static List<HostileInput> inputs() {
    return HostileInput.all();
  }

  @ParameterizedTest
  @MethodSource("inputs")
  void is_refused_by_a_problem_that_says_what_to_do(HostileInput input) throws IOException {
    var answer = RawHttp.send(port, input.request(sender.token()));

    assertThat(answer.status()).as(answer.body()).isEqualTo(input.status());
    assertThat(answer.header("content-type")).startsWith("application/problem+json");
    var problem = json.readTree(answer.body());
    assertThat(problem.path("type").stringValue()).isEqualTo("urn:assay:problem:" + input.code());
    assertThat(problem.path("status").intValue()).isEqualTo(input.status());
    assertThat(problem.path("title").stringValue()).isNotBlank();
    assertThat(problem.path("detail").stringValue()).isNotBlank().hasSizeLessThan(400);
    assertThat(problem.path("retryable").booleanValue()).isFalse();
    assertThat(problem.path("error").path("message").stringValue())
        .isEqualTo(problem.path("detail").stringValue());
    assertThat(problem.path("error").path("code").stringValue()).isEqualTo(input.code());
    assertThat(problem.path("requestId").stringValue()).isEqualTo(answer.header("x-request-id"));
    assertThat(answer.body())
        .as("names nothing of our inside")
        .doesNotContainIgnoringCase("exception", "dev.assay", "jackson", "jetty", "org.spring");
    assertThat(answer.headers()).doesNotContainKey("server");
    assertThat(
            jdbc.sql("select count(*) from worker where address = :worker")
                .param("worker", sender.worker())
                .query(Long.class)
                .single())
        .as("workers that a refused request let in")
        .isZero();
  }

  @Test
  void the_same_request_without_the_fault_is_well_formed() throws IOException {
    // Taken last or first, it must not count as one of the refused: its own row is removed.
    var answer = RawHttp.send(port, HostileInput.wellFormed(sender.token()));

    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(
            jdbc.sql("delete from worker where address = :worker")
                .param("worker", sender.worker())
                .update())
        .isEqualTo(1);
  }
}
