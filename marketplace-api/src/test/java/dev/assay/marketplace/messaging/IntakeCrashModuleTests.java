package dev.assay.marketplace.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.determinism.CrashPoint;
import dev.assay.marketplace.MarketModuleTest;
import dev.assay.marketplace.MarketplaceApplication;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.marketplace.purse.Ledger;
import dev.assay.marketplace.purse.Purse;
import dev.assay.marketplace.purse.RecordPurse;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.event.EventTopics;
import dev.assay.protocol.event.JobSettled;
import dev.assay.quickstart.stack.JvmCommand;
import dev.assay.quickstart.stack.testing.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.test.context.TestPropertySource;

/** An API process that dies while it takes in what the chain has settled, as in a power cut. */
@MarketModuleTest
@Import({SettlementsTopics.class, ChainFacts.class})
@TestPropertySource(properties = "spring.kafka.consumer.group-id=" + IntakeCrashModuleTests.GROUP)
class IntakeCrashModuleTests {
  static final String GROUP = "intake-crash-module-tests";

  private final ChainFacts facts;
  private final Ledger ledger;
  private final RecordPurse purses;
  private final JdbcClient jdbc;
  private final JdbcConnectionDetails database;
  private final KafkaConnectionDetails broker;
  private final ConsumerFactory<String, byte[]> consumers;
  private final KafkaListenerEndpointRegistry listeners;

  @TempDir private Path logs;

  IntakeCrashModuleTests(
      @Autowired ChainFacts facts,
      @Autowired Ledger ledger,
      @Autowired RecordPurse purses,
      @Autowired JdbcClient jdbc,
      @Autowired JdbcConnectionDetails database,
      @Autowired KafkaConnectionDetails broker,
      @Autowired ConsumerFactory<String, byte[]> consumers,
      @Autowired KafkaListenerEndpointRegistry listeners) {
    this.facts = facts;
    this.ledger = ledger;
    this.purses = purses;
    this.jdbc = jdbc;
    this.database = database;
    this.broker = broker;
    this.consumers = consumers;
    this.listeners = listeners;
  }

  @Test
  void wherever_it_dies_a_settled_job_counts_once() throws Exception {
    WalletAddress requester = ChainFacts.wallet();
    WalletAddress worker = ChainFacts.wallet();
    purses.record(
        new Purse(
            requester,
            TokenAmount.of(1_000),
            TokenAmount.of(1_000),
            TokenAmount.ZERO,
            TokenAmount.ZERO,
            ConsumedEvents.position(5, 0)));
    JobId job = facts.charged(requester, worker, 600);
    skipAllThatOtherTestsHaveSaid();
    facts.send(JobSettled.TOPIC, job.toString(), facts.settled(job, requester, worker, 600, 5));

    dieAt(CrashPoint.API_INTAKE_BEFORE_COMMIT);
    assertThat(unsettled(requester)).isEqualTo(600);
    assertThat(ledger.pendingOf(worker)).isEqualTo(TokenAmount.of(600));

    dieAt(CrashPoint.API_INTAKE_AFTER_COMMIT);
    assertThat(unsettled(requester)).isZero();
    assertThat(ledger.pendingOf(worker)).isEqualTo(TokenAmount.ZERO);
    assertThat(isAllTaken()).as("it died before it could say that it has it").isFalse();

    JobId next = facts.charged(requester, worker, 100);
    listeners.start();
    try {
      await().atMost(Duration.ofSeconds(40)).until(this::isAllTaken);
    } finally {
      listeners.stop();
    }
    assertThat(unsettled(requester)).as("of %s", next).isEqualTo(100);
    assertThat(ledger.pendingOf(worker)).isEqualTo(TokenAmount.of(100));
  }

  private void dieAt(CrashPoint point) throws Exception {
    Path log = logs.resolve(point.label() + ".log");
    var command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-D" + CrashPoint.PROPERTY + "=" + point.label(),
            "-cp",
            JvmCommand.currentClassPath(),
            MarketplaceApplication.class.getName(),
            "--server.port=0",
            "--management.server.port=0",
            "--marketplace.identity.origins=" + TestWallet.ORIGIN,
            "--spring.kafka.consumer.group-id=" + GROUP);
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "SPRING_DATASOURCE_URL", database.getJdbcUrl(),
                "SPRING_DATASOURCE_USERNAME", String.valueOf(database.getUsername()),
                "SPRING_DATASOURCE_PASSWORD", String.valueOf(database.getPassword()),
                "SPRING_KAFKA_BOOTSTRAP_SERVERS", String.join(",", broker.getBootstrapServers())));
    Process api = Processes.start(builder);
    try {
      assertThat(api.waitFor(120, TimeUnit.SECONDS)).as("it dies; see %s", log).isTrue();
      assertThat(api.exitValue()).as(Files.readString(log)).isEqualTo(CrashPoint.EXIT_CODE);
    } finally {
      api.destroyForcibly();
    }
  }

  private void skipAllThatOtherTestsHaveSaid() {
    try (var consumer = consumers.createConsumer(GROUP, "")) {
      Set<TopicPartition> partitions = partitions(consumer);
      consumer.commitSync(
          consumer.endOffsets(partitions).entrySet().stream()
              .collect(
                  Collectors.toMap(
                      Map.Entry::getKey, end -> new OffsetAndMetadata(end.getValue()))));
    }
  }

  private boolean isAllTaken() {
    try (var consumer = consumers.createConsumer(GROUP, "")) {
      Set<TopicPartition> partitions = partitions(consumer);
      Map<TopicPartition, OffsetAndMetadata> taken = consumer.committed(partitions);
      return consumer.endOffsets(partitions).entrySet().stream()
          .allMatch(end -> {
            var bookmark = taken.get(end.getKey());
            return bookmark != null && bookmark.offset() == end.getValue();
          });
    }
  }

  private static Set<TopicPartition> partitions(Consumer<?, ?> consumer) {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> consumer.listTopics().keySet().containsAll(EventTopics.OF_SETTLEMENT));
    return EventTopics.OF_SETTLEMENT.stream()
        .flatMap(topic -> consumer.partitionsFor(topic).stream())
        .map(it -> new TopicPartition(it.topic(), it.partition()))
        .collect(Collectors.toSet());
  }

  private long unsettled(WalletAddress requester) {
    return jdbc.sql("select unsettled from purse where requester = :requester")
        .param("requester", requester.hex())
        .query(Long.class)
        .single();
  }
}
