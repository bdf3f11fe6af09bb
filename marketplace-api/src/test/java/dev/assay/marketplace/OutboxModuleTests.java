package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.identity.TestWallet;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.TestPropertySource;

@MarketModuleTest
@Import(OutboxModuleTests.KafkaBehindGate.class)
@TestPropertySource(
    properties = {
      "spring.kafka.producer.properties.max.block.ms=500",
      "messaging.resubmit-every=200ms"
    })
class OutboxModuleTests {
  private final int port;
  private final JdbcClient jdbc;
  private final Gate gate;
  private final TestWallet worker = TestWallet.create();

  OutboxModuleTests(
      @LocalServerPort int port,
      @Autowired JdbcClient jdbc,
      @Autowired Gate gate,
      @Autowired BoundKeys boundKeys) {
    this.port = port;
    this.jdbc = jdbc;
    this.gate = gate;
    boundKeys.bind(worker.address(), worker.address());
  }

  @Test
  void while_kafka_is_away_work_goes_on_and_events_wait_until_it_is_back() throws Exception {
    String token = worker.signInAsWorker(port);
    assertThat(TestWorker.polls(port, token, "0s", Map.of()).statusCode()).isEqualTo(200);

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(statusOfEvent()).containsExactly("FAILED"));
    assertThat(TestWorker.polls(port, token, "0s", Map.of()).statusCode()).isEqualTo(200);

    gate.open();

    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(statusOfEvent()).isEmpty());
  }

  private List<@Nullable String> statusOfEvent() {
    return jdbc.sql("select status from event_publication where serialized_event like :any")
        .param("any", "%" + worker.address() + "%")
        .query(String.class)
        .list();
  }

  @TestConfiguration(proxyBeanMethods = false)
  static class KafkaBehindGate {
    @Bean
    Gate gate(@Qualifier("kafka") KafkaConnectionDetails kafka) {
      String[] address = kafka.getBootstrapServers().getFirst().split(":", 2);
      return new Gate(new InetSocketAddress(address[0], Integer.parseInt(address[1])));
    }

    @Bean
    @Primary
    KafkaConnectionDetails gated(Gate gate) {
      return () -> List.of(gate.address());
    }
  }
}
