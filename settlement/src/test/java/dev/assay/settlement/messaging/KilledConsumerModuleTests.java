package dev.assay.settlement.messaging;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.determinism.Ids;
import dev.assay.messaging.EventSender;
import dev.assay.protocol.EventId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.event.WorkerEnrolled;
import dev.assay.settlement.SettlementModuleTest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.common.GroupState;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.kafka.config.KafkaListenerEndpointRegistry;
import org.springframework.kafka.core.ConsumerFactory;

/** A process that was killed is a member of its group until the broker has missed it. */
@SettlementModuleTest
class KilledConsumerModuleTests {
  private static final String GROUP = "settlement";

  private final KafkaListenerEndpointRegistry listeners;
  private final ConsumerFactory<?, ?> consumers;
  private final EventSender events;
  private final KafkaConnectionDetails broker;
  private final JdbcClient jdbc;
  private final Ids ids;

  KilledConsumerModuleTests(
      @Autowired KafkaListenerEndpointRegistry listeners,
      @Autowired ConsumerFactory<?, ?> consumers,
      @Autowired EventSender events,
      @Autowired KafkaConnectionDetails broker,
      @Autowired JdbcClient jdbc) {
    this.listeners = listeners;
    this.consumers = consumers;
    this.events = events;
    this.broker = broker;
    this.jdbc = jdbc;
    this.ids = new Ids(java.time.Clock.systemUTC(), new java.security.SecureRandom());
  }

  @Test
  void its_successor_stops_at_once_and_has_its_events_within_seconds() throws Exception {
    var listener = requireNonNull(listeners.getListenerContainer("worker-enrolled"));
    listener.stop();
    leaveADeadMember();
    try {
      listener.start();
      await().atMost(Duration.ofSeconds(20)).until(this::groupWaits);
      var stopped = new CountDownLatch(1);
      listener.stop(stopped::countDown);

      assertThat(stopped.await(20, TimeUnit.SECONDS)).as("stopped").isTrue();
    } finally {
      listener.start();
    }
    var event =
        new WorkerEnrolled(
            new EventId(ids.next()),
            Instant.parse("2026-11-25T12:00:00Z"),
            new WalletAddress("0x" + "4b".repeat(20)),
            "");
    events.send(WorkerEnrolled.TOPIC, "key", "", event);
    await().atMost(Duration.ofSeconds(40)).until(() -> isWatched(event.worker()));
  }

  private void leaveADeadMember() {
    var killed = consumers.createConsumer();
    killed.subscribe(List.of(WorkerEnrolled.TOPIC));
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> {
          killed.poll(Duration.ofMillis(100));
          return !killed.assignment().isEmpty();
        });
    killed.close(CloseOptions.groupMembershipOperation(GroupMembershipOperation.REMAIN_IN_GROUP));
  }

  /** The broker answers nobody of the group until all its members have spoken. */
  private boolean groupWaits() throws Exception {
    try (var admin = Admin.create(Map.of("bootstrap.servers", broker.getBootstrapServers()))) {
      var group = admin.describeConsumerGroups(List.of(GROUP)).describedGroups().get(GROUP);
      return requireNonNull(group).get().groupState() == GroupState.PREPARING_REBALANCE;
    }
  }

  private boolean isWatched(WalletAddress worker) {
    return jdbc.sql("select count(*) from watched_worker where address = :worker")
            .param("worker", worker.hex())
            .query(Long.class)
            .single()
        == 1;
  }
}
