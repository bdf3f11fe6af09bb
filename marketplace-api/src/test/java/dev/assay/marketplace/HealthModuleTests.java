package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;

@MarketModuleTest
class HealthModuleTests {
  private final int port;
  private final int managementPort;

  HealthModuleTests(@LocalServerPort int port, @LocalManagementPort int managementPort) {
    this.port = port;
    this.managementPort = managementPort;
  }

  @ParameterizedTest
  @CsvSource({
    "/actuator/health, 200, UP",
    "/actuator/health/liveness, 200, livenessState",
    "/actuator/health/readiness, 200, db",
    "/actuator/info, 200, {",
    "/actuator/prometheus, 200, market_outbox_pending",
    "/actuator/env, 404, ''",
    "/actuator/heapdump, 404, ''",
    "/actuator/loggers, 404, ''",
    "/actuator/shutdown, 404, ''",
    "/worker/v1/leases, 404, ''"
  })
  void management_tells_health_and_figures_and_nothing_that_changes_or_reveals(
      String path, int status, String content) throws Exception {
    var answer = get(managementPort, path);

    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).contains(content);
  }

  @Test
  void liveness_depends_on_nothing_outside_of_the_process() throws Exception {
    assertThat(get(managementPort, "/actuator/health/liveness").body())
        .doesNotContain("db", "kafka", "chain");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/actuator", "/actuator/health", "/actuator/prometheus"})
  void the_port_that_strangers_reach_serves_no_management(String path) throws Exception {
    assertThat(get(port, path).statusCode()).isEqualTo(404);
  }

  private static HttpResponse<String> get(int port, String path)
      throws IOException, InterruptedException {
    try (var http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
          BodyHandlers.ofString());
    }
  }
}
