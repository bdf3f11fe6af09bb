package dev.assay.marketplace.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.Gate;
import dev.assay.marketplace.MarketModuleTest;
import dev.assay.marketplace.purse.Ledger;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.messaging.EventMacs;
import dev.assay.messaging.EventTraffic;
import dev.assay.messaging.ReplayDeadLetters;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.event.EventTopics;
import dev.assay.protocol.event.JobSettled;
import dev.assay.protocol.event.PurseChanged;
import dev.assay.protocol.event.SessionKeyChanged;
import dev.assay.protocol.event.StakeChanged;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.json.JsonMapper;

/** What settlement says of the chain, through Kafka, with the database at times away. */
@MarketModuleTest
@Import({SettlementsTopics.class, ChainFacts.class, ChainFactsModuleTests.DatabaseBehindGate.class})
@TestPropertySource(
    properties = {
      "spring.kafka.listener.auto-startup=true",
      "spring.kafka.consumer.group-id=chain-facts-module-tests",
      "messaging.tries=1",
      "messaging.secret-file=src/test/resources/event-secrets"
    })
class ChainFactsModuleTests {
  private static final Duration LONG = Duration.ofSeconds(30);

  private final ChainFacts facts;
  private final KafkaTemplate<String, byte[]> kafka;
  private final EventMacs macs;
  private final ConsumerFactory<String, byte[]> consumers;
  private final JsonMapper json;
  private final JdbcClient jdbc;
  private final Ledger ledger;
  private final Stakes stakes;
  private final Gate database;
  private final MeterRegistry meters;

  ChainFactsModuleTests(
      @Autowired ChainFacts facts,
      @Autowired KafkaTemplate<String, byte[]> kafka,
      @Autowired EventMacs macs,
      @Autowired ConsumerFactory<String, byte[]> consumers,
      @Autowired JsonMapper json,
      @Autowired JdbcClient jdbc,
      @Autowired Ledger ledger,
      @Autowired Stakes stakes,
      @Autowired Gate database,
      @Autowired MeterRegistry meters) {
    this.facts = facts;
    this.kafka = kafka;
    this.macs = macs;
    this.consumers = consumers;
    this.json = json;
    this.jdbc = jdbc;
    this.ledger = ledger;
    this.stakes = stakes;
    this.database = database;
    this.meters = meters;
  }

  @Test
  void the_latest_purse_stays_in_whatever_order_and_however_often_they_come() throws Exception {
    WalletAddress owner = ChainFacts.wallet();
    for (int block : List.of(3, 1, 2, 3, 4, 2)) {
      facts.send(PurseChanged.TOPIC, owner.hex(), facts.purse(owner, block * 100L, 0, block));
    }
    await().atMost(LONG).until(() -> balance(owner).equals(Optional.of(400L)));
    WalletAddress last = ChainFacts.wallet();
    facts.send(
        PurseChanged.TOPIC, owner.hex(), facts.purse(last, 1, 0, 1)); // of the same partition

    await().atMost(LONG).until(() -> balance(last).isPresent());
    assertThat(balance(owner)).contains(400L);
  }

  @Test
  void stakes_and_session_keys_are_what_was_said_last_of_the_chain() throws Exception {
    WalletAddress worker = ChainFacts.wallet();
    WalletAddress key = ChainFacts.wallet();
    facts.send(
        SessionKeyChanged.TOPIC, key.hex(), facts.sessionKey(key, worker, Optional.empty(), 5));
    facts.send(StakeChanged.TOPIC, worker.hex(), facts.stake(worker, 100, 6));
    facts.send(StakeChanged.TOPIC, worker.hex(), facts.stake(worker, 50, 5));
    await().atMost(LONG).until(() -> stakes.ownerOf(key).equals(Optional.of(worker)));
    await().atMost(LONG).until(() -> stakes.freeStakeOf(worker).equals(TokenAmount.of(100)));

    facts.send(
        SessionKeyChanged.TOPIC,
        key.hex(),
        facts.sessionKey(key, worker, Optional.of(ChainFacts.NOON), 7));

    await().atMost(LONG).until(() -> stakes.ownerOf(key).isEmpty());
    facts.send(
        SessionKeyChanged.TOPIC, key.hex(), facts.sessionKey(key, worker, Optional.empty(), 5));
    WalletAddress last = ChainFacts.wallet();
    facts.send(
        SessionKeyChanged.TOPIC, key.hex(), facts.sessionKey(last, worker, Optional.empty(), 8));
    await().atMost(LONG).until(() -> stakes.ownerOf(last).isPresent());
    assertThat(stakes.ownerOf(key)).as("a dead key does not come to life again").isEmpty();
  }

  @Test
  void what_is_settled_counts_once_and_only_as_soon_as_the_purse_holds_it() throws Exception {
    WalletAddress requester = ChainFacts.wallet();
    WalletAddress worker = ChainFacts.wallet();
    facts.send(PurseChanged.TOPIC, requester.hex(), facts.purse(requester, 1_000, 0, 1));
    await().atMost(LONG).until(() -> balance(requester).isPresent());
    JobId job = facts.charged(requester, worker, 600);
    JobSettled settled = facts.settled(job, requester, worker, 600, 2);

    facts.send(JobSettled.TOPIC, job.toString(), settled);
    facts.send(JobSettled.TOPIC, job.toString(), settled);

    await().atMost(LONG).until(() -> ledger.pendingOf(worker).isZero());
    await().atMost(LONG).until(() -> provedSettlements(job.of(requester)) == 1);
    assertThat(unsettled(requester)).isEqualTo(600);
    facts.send(PurseChanged.TOPIC, requester.hex(), facts.purse(requester, 400, 600, 2));
    await().atMost(LONG).until(() -> unsettled(requester) == 0);
    assertThat(balance(requester)).contains(400L);
    facts.send(JobSettled.TOPIC, job.toString(), settled);
    JobId next = facts.charged(requester, worker, 100);
    facts.send(PurseChanged.TOPIC, requester.hex(), facts.purse(requester, 300, 700, 3));
    await().atMost(LONG).until(() -> balance(requester).equals(Optional.of(300L)));
    assertThat(unsettled(requester)).isEqualTo(100);
    facts.send(JobSettled.TOPIC, job.toString(), facts.settled(next, requester, worker, 100, 3));
    await().atMost(LONG).until(() -> unsettled(requester) == 0);
  }

  private long provedSettlements(Digest signedJob) {
    return jdbc.sql("select count(*) from settlement_proof where signed_job = :job")
        .param("job", signedJob.toBytes())
        .query(Long.class)
        .single();
  }

  static Stream<String> topics() {
    return EventTopics.OF_SETTLEMENT.stream();
  }

  @ParameterizedTest
  @MethodSource("topics")
  void what_cannot_be_read_goes_to_the_dead_letters_as_it_is_and_blocks_nothing(String topic)
      throws Exception {
    String key = "poison-" + UUID.randomUUID();
    double before = deadLetters(topic);
    List<String> poisons =
        List.of("", "not JSON", "{}", "[]", "{\"id\":\"evt_x\"}", "\u0000\u0001");
    for (String poison : poisons) {
      var message = new ProducerRecord<>(topic, key, poison.getBytes(StandardCharsets.UTF_8));
      macs.mark(message);
      kafka.send(message).get();
    }
    WalletAddress next = ChainFacts.wallet();
    facts.send(PurseChanged.TOPIC, key, facts.purse(next, 7, 0, 1));

    await().atMost(LONG).until(() -> balance(next).isPresent());
    List<ConsumerRecord<String, byte[]>> dead = dead(topic, key, poisons.size());
    assertThat(dead.stream().map(it -> new String(it.value(), StandardCharsets.UTF_8)))
        .containsExactlyElementsOf(poisons);
    assertThat(dead.getFirst().headers().lastHeader("kafka_dlt-original-topic").value())
        .asString(StandardCharsets.UTF_8)
        .isEqualTo(topic);
    assertThat(deadLetters(topic) - before).isGreaterThanOrEqualTo(poisons.size());
  }

  /** With a body that would count, for each kind of listener: one by one, and in groups. */
  @Test
  void what_whoever_may_write_into_kafka_says_goes_to_the_dead_letters_and_has_no_effect()
      throws Exception {
    WalletAddress requester = ChainFacts.wallet();
    WalletAddress worker = ChainFacts.wallet();
    String key = "forged-" + UUID.randomUUID();
    facts.send(PurseChanged.TOPIC, key, facts.purse(requester, 1_000, 0, 9));
    await().atMost(LONG).until(() -> balance(requester).isPresent());
    JobId job = facts.charged(requester, worker, 100);
    forge(PurseChanged.TOPIC, key, facts.purse(requester, 1_000_000, 0, 10));
    forge(JobSettled.TOPIC, key, facts.settled(job, requester, worker, 100, 9));

    assertThat(dead(PurseChanged.TOPIC, key, 1)).hasSize(1);
    assertThat(dead(JobSettled.TOPIC, key, 1)).hasSize(1);
    assertThat(balance(requester)).contains(1_000L);
    assertThat(ledger.pendingOf(worker)).isEqualTo(TokenAmount.of(100));
  }

  private void forge(String topic, String key, Object event) throws Exception {
    kafka.send(topic, key, json.writeValueAsBytes(event)).get();
  }

  private double deadLetters(String topic) {
    var counter = meters.find("market.dead.letters").tag("topic", topic).counter();
    return counter == null ? 0 : counter.count();
  }

  @Test
  void a_settlement_that_contradicts_the_ledger_is_put_aside_and_the_others_of_its_group_count()
      throws Exception {
    WalletAddress requester = ChainFacts.wallet();
    WalletAddress worker = ChainFacts.wallet();
    facts.send(PurseChanged.TOPIC, requester.hex(), facts.purse(requester, 1_000, 0, 9));
    await().atMost(LONG).until(() -> balance(requester).isPresent());
    JobId before = facts.charged(requester, worker, 100);
    JobId wrong = facts.charged(requester, worker, 200);
    JobId after = facts.charged(requester, worker, 300);
    String key = "group-" + UUID.randomUUID();

    facts.send(JobSettled.TOPIC, key, facts.settled(before, requester, worker, 100, 9));
    facts.send(JobSettled.TOPIC, key, facts.settled(wrong, requester, worker, 201, 9));
    facts.send(JobSettled.TOPIC, key, facts.settled(after, requester, worker, 300, 9));

    await().atMost(LONG).until(() -> unsettled(requester) == 200);
    assertThat(ledger.pendingOf(worker)).isEqualTo(TokenAmount.of(200));
    assertThat(dead(JobSettled.TOPIC, key, 1)).hasSize(1);
  }

  @Test
  void while_the_database_is_away_facts_wait_and_none_is_put_aside() throws Exception {
    WalletAddress owner = ChainFacts.wallet();
    WalletAddress worker = ChainFacts.wallet();
    database.shut();
    try {
      facts.send(PurseChanged.TOPIC, owner.hex(), facts.purse(owner, 5, 0, 1));
      facts.send(StakeChanged.TOPIC, worker.hex(), facts.stake(worker, 5, 1));
      facts.send(
          JobSettled.TOPIC,
          owner.hex(),
          facts.settled(new JobId(UUID.randomUUID()), owner, worker, 1, 1));
      // Longer than what a record of another failure is given before it is put aside.
      await()
          .during(Duration.ofSeconds(3))
          .atMost(Duration.ofSeconds(8))
          .until(() -> deadSoFar(List.of(owner.hex(), worker.hex())).isEmpty());
    } finally {
      database.open();
    }

    await().atMost(LONG).ignoreExceptions().until(() -> balance(owner).equals(Optional.of(5L)));
    await().atMost(LONG).until(() -> stakes.freeStakeOf(worker).equals(TokenAmount.of(5)));
    // Now that it can be looked at, it is seen to be a contradiction.
    assertThat(dead(JobSettled.TOPIC, owner.hex(), 1)).hasSize(1);
    assertThat(deadSoFar(List.of(worker.hex()))).isEmpty();
  }

  @Test
  void when_its_cause_is_mended_a_dead_letter_is_replayed_once() throws Exception {
    WalletAddress owner = ChainFacts.wallet();
    jdbc.sql("alter table purse add constraint broken check (balance <> 4242)").update();
    try {
      facts.send(PurseChanged.TOPIC, owner.hex(), facts.purse(owner, 4242, 0, 1));
      assertThat(dead(PurseChanged.TOPIC, owner.hex(), 1)).hasSize(1);
      assertThat(balance(owner)).isEmpty();
    } finally {
      jdbc.sql("alter table purse drop constraint broken").update();
    }

    new ReplayDeadLetters(consumers, kafka, Traffic.eventTraffic()).replay();

    await().atMost(LONG).until(() -> balance(owner).equals(Optional.of(4242L)));
    int sent = sent(PurseChanged.TOPIC, owner.hex());
    assertThat(sent).isEqualTo(2);
    new ReplayDeadLetters(consumers, kafka, Traffic.eventTraffic()).replay();
    assertThat(sent(PurseChanged.TOPIC, owner.hex())).isEqualTo(sent);
  }

  private Optional<Long> balance(WalletAddress owner) {
    return jdbc.sql("select balance from purse where requester = :owner")
        .param("owner", owner.hex())
        .query(Long.class)
        .optional();
  }

  private long unsettled(WalletAddress requester) {
    return jdbc.sql("select unsettled from purse where requester = :requester")
        .param("requester", requester.hex())
        .query(Long.class)
        .single();
  }

  /** Waits until there are so many, in their order. */
  private List<ConsumerRecord<String, byte[]>> dead(String topic, String key, int count) {
    List<ConsumerRecord<String, byte[]>> found = new ArrayList<>();
    try (var consumer = consumers.createConsumer("test-" + UUID.randomUUID(), "")) {
      consumer.subscribe(List.of(topic + EventTraffic.DEAD));
      await()
          .atMost(LONG)
          .until(() -> {
            consumer
                .poll(Duration.ofMillis(200))
                .forEach(message -> {
                  if (key.equals(message.key())) {
                    found.add(message);
                  }
                });
            return found.size() >= count;
          });
    }
    return found;
  }

  private List<String> deadSoFar(List<String> keys) {
    List<String> found = new ArrayList<>();
    for (String topic : EventTopics.OF_SETTLEMENT) {
      all(topic + EventTraffic.DEAD).stream()
          .map(ConsumerRecord::key)
          .filter(keys::contains)
          .forEach(found::add);
    }
    return found;
  }

  private int sent(String topic, String key) {
    return (int) all(topic).stream().filter(message -> key.equals(message.key())).count();
  }

  /** All that a topic holds now. */
  private List<ConsumerRecord<@Nullable String, byte[]>> all(String topic) {
    List<ConsumerRecord<@Nullable String, byte[]>> found = new ArrayList<>();
    try (var consumer = consumers.createConsumer("test-" + UUID.randomUUID(), "")) {
      var partitions =
          consumer.partitionsFor(topic).stream()
              .map(it -> new TopicPartition(it.topic(), it.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      var ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer.poll(Duration.ofMillis(200)).forEach(found::add);
      }
    }
    return found;
  }

  @TestConfiguration(proxyBeanMethods = false)
  static class DatabaseBehindGate {
    @Bean
    Gate gate(@Qualifier("database") JdbcConnectionDetails database) throws Exception {
      var address = Pattern.compile("//([^:/]+):(\\d+)/").matcher(database.getJdbcUrl());
      if (!address.find()) {
        throw new IllegalStateException(database.getJdbcUrl());
      }
      var gate =
          new Gate(new InetSocketAddress(address.group(1), Integer.parseInt(address.group(2))));
      gate.open();
      return gate;
    }

    @Bean
    @Primary
    JdbcConnectionDetails gated(@Qualifier("database") JdbcConnectionDetails database, Gate gate) {
      return new JdbcConnectionDetails() {
        @Override
        public @Nullable String getUsername() {
          return database.getUsername();
        }

        @Override
        public @Nullable String getPassword() {
          return database.getPassword();
        }

        @Override
        public String getJdbcUrl() {
          return database.getJdbcUrl().replaceFirst("//[^:/]+:\\d+/", "//" + gate.address() + "/");
        }
      };
    }
  }
}
