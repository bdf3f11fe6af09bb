package dev.assay.settlement.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.determinism.Ids;
import dev.assay.messaging.EventMacs;
import dev.assay.messaging.EventTraffic;
import dev.assay.messaging.ReplayDeadLetters;
import dev.assay.protocol.EventId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.event.WorkerEnrolled;
import dev.assay.settlement.SettlementModuleTest;
import dev.assay.settlement.TestMarket;
import dev.assay.settlement.chain.ChainHead;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import tools.jackson.databind.json.JsonMapper;

@SettlementModuleTest
class WatchWorkerModuleTests {
  private final KafkaTemplate<String, byte[]> kafka;
  private final EventMacs macs;
  private final ConsumerFactory<String, byte[]> consumers;
  private final EventTraffic traffic;
  private final KafkaConnectionDetails broker;
  private final JdbcClient jdbc;
  private final JsonMapper json;
  private final ChainHead chain;
  private final TestMarket market;
  private final Ids ids;

  WatchWorkerModuleTests(
      @Autowired KafkaTemplate<String, byte[]> kafka,
      @Autowired EventMacs macs,
      @Autowired ConsumerFactory<String, byte[]> consumers,
      @Autowired EventTraffic traffic,
      @Autowired KafkaConnectionDetails broker,
      @Autowired JdbcClient jdbc,
      @Autowired JsonMapper json,
      @Autowired ChainHead chain,
      @Autowired TestMarket market) {
    this.kafka = kafka;
    this.macs = macs;
    this.consumers = consumers;
    this.traffic = traffic;
    this.broker = broker;
    this.jdbc = jdbc;
    this.json = json;
    this.chain = chain;
    this.market = market;
    this.ids = new Ids(java.time.Clock.systemUTC(), new java.security.SecureRandom());
  }

  @Test
  void an_enrolled_worker_is_watched_from_the_newest_block_of_the_chain_on() throws Exception {
    var event = enrolled(1);
    long before = chain.head().orElseThrow().number();

    send(event);

    await().atMost(Duration.ofSeconds(20)).until(() -> rows(event) == 1);
    var since =
        jdbc.sql("select since_block, since_block_hash from watched_worker where address = :worker")
            .param("worker", event.worker().hex())
            .query((row, _) ->
                new Since(row.getLong("since_block"), row.getString("since_block_hash")))
            .single();
    assertThat(since.block()).isGreaterThanOrEqualTo(before);
    assertThat(since.hash()).isEqualTo(market.client.blockAt(since.block()).hash());
  }

  private record Since(long block, String hash) {}

  @Test
  void however_often_an_event_arrives_its_effect_happens_once() throws Exception {
    var event = enrolled(2);
    for (int i = 0; i < 5; i++) {
      send(event);
    }
    var last = enrolled(3);
    send(last, event.worker().hex()); // the same partition: when it has arrived, the others have

    await().atMost(Duration.ofSeconds(20)).until(() -> rows(last) == 1);
    assertThat(rows(event)).isEqualTo(1);
    assertThat(
            jdbc.sql("select count(*) from processed_event where event_id = :id")
                .param("id", event.id().uuid())
                .query(Long.class)
                .single())
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "not JSON", "{\"id\":\"evt_x\"}", "[]", "{}", "\u0000\u0001"})
  void a_record_that_cannot_be_read_goes_to_the_dead_letters_as_it_is_and_blocks_nothing(
      String poison) throws Exception {
    String key = "poison-" + UUID.randomUUID();
    kafka.send(marked(key, poison.getBytes(StandardCharsets.UTF_8))).get();
    var next = enrolled(100 + Math.abs(poison.hashCode() % 1000));
    send(next, key);

    await().atMost(Duration.ofSeconds(30)).until(() -> rows(next) == 1);
    var dead = dead(key);
    assertThat(dead.value()).asString(StandardCharsets.UTF_8).isEqualTo(poison);
    assertThat(dead.headers().lastHeader("kafka_dlt-original-topic").value())
        .asString(StandardCharsets.UTF_8)
        .isEqualTo(WorkerEnrolled.TOPIC);
  }

  @Test
  void what_whoever_may_write_into_kafka_says_goes_to_the_dead_letters_and_has_no_effect()
      throws Exception {
    var unmarked = enrolled(5_000);
    var ofAnother = enrolled(5_001);
    String key = "forged-" + UUID.randomUUID();
    kafka.send(WorkerEnrolled.TOPIC, key, json.writeValueAsBytes(unmarked)).get();
    var taken = marked(key, json.writeValueAsBytes(enrolled(5_002)));
    byte[] body = json.writeValueAsBytes(ofAnother);
    kafka.send(new ProducerRecord<>(WorkerEnrolled.TOPIC, null, key, body, taken.headers())).get();
    var next = enrolled(5_003);
    send(next, key);

    await().atMost(Duration.ofSeconds(30)).until(() -> rows(next) == 1);
    assertThat(rows(unmarked)).isZero();
    assertThat(rows(ofAnother)).isZero();
    assertThat(dead(key).value()).isEqualTo(json.writeValueAsBytes(unmarked));
  }

  @Test
  void what_was_laid_aside_is_taken_in_when_it_is_replayed() throws Exception {
    var event = enrolled(4_000);
    String dead = WorkerEnrolled.TOPIC + EventTraffic.DEAD;
    var message = marked(event.worker().hex(), json.writeValueAsBytes(event));
    kafka
        .send(new ProducerRecord<>(dead, 0, message.key(), message.value(), message.headers()))
        .get();

    new ReplayDeadLetters(consumers, kafka, traffic).replay();

    await().atMost(Duration.ofSeconds(20)).until(() -> rows(event) == 1);
  }

  private void send(WorkerEnrolled event) throws Exception {
    send(event, event.worker().hex());
  }

  private void send(WorkerEnrolled event, String key) throws Exception {
    kafka.send(marked(key, json.writeValueAsBytes(event))).get();
  }

  /** As the market writes it. */
  private ProducerRecord<String, byte[]> marked(String key, byte[] body) {
    var message = new ProducerRecord<>(WorkerEnrolled.TOPIC, key, body);
    macs.mark(message);
    return message;
  }

  private long rows(WorkerEnrolled event) {
    return jdbc.sql("select count(*) from watched_worker where address = :worker")
        .param("worker", event.worker().hex())
        .query(Long.class)
        .single();
  }

  private ConsumerRecord<String, byte[]> dead(String key) {
    List<ConsumerRecord<String, byte[]>> found = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                broker.getBootstrapServers(),
                "group.id",
                "test-" + UUID.randomUUID(),
                "auto.offset.reset",
                "earliest"),
            new StringDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(WorkerEnrolled.TOPIC + ".dlt"));
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> {
            for (var message : consumer.poll(Duration.ofMillis(200))) {
              if (key.equals(message.key())) {
                found.add(message);
              }
            }
            return !found.isEmpty();
          });
    }
    return found.getFirst();
  }

  private WorkerEnrolled enrolled(int worker) {
    return new WorkerEnrolled(
        new EventId(ids.next()),
        Instant.parse("2026-11-23T12:00:00Z"),
        new WalletAddress("0x%040x".formatted(worker)),
        "");
  }
}
