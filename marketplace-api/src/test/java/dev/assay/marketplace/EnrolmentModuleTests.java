package dev.assay.marketplace;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.event.WorkerEnrolled;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.DefaultKafkaConsumerFactory;
import tools.jackson.databind.json.JsonMapper;

@MarketModuleTest
class EnrolmentModuleTests {
  private final int port;
  private final JdbcClient jdbc;
  private final JsonMapper json;
  private final BoundKeys boundKeys;
  private final ConsumerFactory<String, byte[]> consumers;

  EnrolmentModuleTests(
      @LocalServerPort int port,
      @Autowired JdbcClient jdbc,
      @Autowired JsonMapper json,
      @Autowired BoundKeys boundKeys,
      @Autowired KafkaConnectionDetails kafka) {
    this.port = port;
    this.jdbc = jdbc;
    this.json = json;
    this.boundKeys = boundKeys;
    this.consumers =
        new DefaultKafkaConsumerFactory<>(
            Map.of(
                "bootstrap.servers", kafka.getBootstrapServers(), "auto.offset.reset", "earliest"),
            new StringDeserializer(),
            new ByteArrayDeserializer());
  }

  @Test
  void the_first_poll_enrols_the_worker_and_tells_settlement_in_the_polls_trace() throws Exception {
    String worker = wallet(1);
    String trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    var answer = poll(signIn(worker), "00-" + trace + "-00f067aa0ba902b7-01");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(json.readTree(answer.body()).path("idleBecause").stringValue()).isNotBlank();
    assertThat(workers(worker)).isEqualTo(1);
    var published = published(worker);
    var event = json.readValue(published.value(), WorkerEnrolled.class);
    assertThat(event.worker().hex()).isEqualTo(worker);
    assertThat(event.traceparent()).startsWith("00-" + trace + "-");
    assertThat(new String(published.headers().lastHeader("traceparent").value(), UTF_8))
        .startsWith("00-" + trace + "-");
    await().untilAsserted(() -> assertThat(waiting(worker)).isZero());
  }

  @Test
  void however_many_first_polls_arrive_together_the_worker_is_enrolled_once() throws Exception {
    String worker = wallet(2);
    String token = signIn(worker);
    List<Future<HttpResponse<String>>> answers = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 32; i++) {
        answers.add(threads.submit(() -> poll(token, "")));
      }
    }

    for (var answer : answers) {
      assertThat(answer.get().statusCode()).isEqualTo(200);
    }
    assertThat(workers(worker)).isEqualTo(1);
    published(worker); // fails unless exactly one event of it is on the topic
  }

  @Test
  void more_workers_than_there_are_connections_may_come_at_once() throws Exception {
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < 48; i++) {
      tokens.add(signIn(wallet(0x39000 + i)));
    }
    List<Future<HttpResponse<String>>> answers = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (String token : tokens) {
        answers.add(threads.submit(() -> poll(token, "")));
      }
    }

    for (var answer : answers) {
      assertThat(answer.get().statusCode()).as(answer.get().body()).isEqualTo(200);
    }
  }

  @Test
  void a_poll_with_a_broken_trace_header_is_taken_under_a_trace_of_its_own() throws Exception {
    String worker = wallet(3);

    assertThat(poll(signIn(worker), "00-zz").statusCode()).isEqualTo(200);

    var event = json.readValue(published(worker).value(), WorkerEnrolled.class);
    assertThat(event.traceparent()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]");
  }

  private String signIn(String worker) {
    var key = TestWallet.create();
    boundKeys.bind(key.address(), new WalletAddress(worker));
    return key.signInAsWorker(port);
  }

  private HttpResponse<String> poll(String token, String traceparent) throws Exception {
    return TestWorker.polls(
        port, token, "0s", traceparent.isEmpty() ? Map.of() : Map.of("traceparent", traceparent));
  }

  private long workers(String worker) {
    return jdbc.sql("select count(*) from worker where address = :worker")
        .param("worker", worker)
        .query(Long.class)
        .single();
  }

  private long waiting(String worker) {
    return jdbc.sql("select count(*) from event_publication where serialized_event like :any")
        .param("any", "%" + worker + "%")
        .query(Long.class)
        .single();
  }

  /** The one event about this worker; the topic is read from its beginning. */
  private ConsumerRecord<String, byte[]> published(String worker) {
    List<ConsumerRecord<String, byte[]>> found = new ArrayList<>();
    try (var consumer = consumers.createConsumer("test-" + UUID.randomUUID(), "")) {
      consumer.subscribe(List.of(WorkerEnrolled.TOPIC));
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> {
            for (var message : consumer.poll(Duration.ofMillis(200))) {
              if (message.key().equals(worker)) {
                found.add(message);
              }
            }
            return !found.isEmpty();
          });
    }
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  private static String wallet(int number) {
    return "0x%040x".formatted(number);
  }
}
