package dev.assay.marketplace.messaging;

import dev.assay.protocol.event.CanaryFailed;
import dev.assay.protocol.event.ContradictionFound;
import dev.assay.protocol.event.EpochClosed;
import dev.assay.protocol.event.HarmFound;
import dev.assay.protocol.event.JobCleared;
import dev.assay.protocol.event.PaymentsSwitched;
import dev.assay.protocol.event.VerdictReached;
import dev.assay.protocol.event.WorkerEnrolled;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.NewTopic;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.config.TopicBuilder;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * The topics that this process writes. Brokers do not make topics by themselves, and may be away
 * when this process starts, so they are made in the background, as soon as it can be.
 */
@Configuration(proxyBeanMethods = false)
class Topics {
  private static final Logger LOG = LoggerFactory.getLogger(Topics.class);

  /** What is appended to a topic's name for its dead letters. */
  static final String DEAD = ".dlt";

  private final KafkaAdmin kafka;
  private boolean exist;
  private boolean away;

  Topics(KafkaAdmin kafka) {
    this.kafka = kafka;
  }

  @Bean
  static KafkaAdmin.NewTopics written(MessagingSettings settings) {
    return new KafkaAdmin.NewTopics(
        Stream.of(
                WorkerEnrolled.TOPIC,
                EpochClosed.TOPIC,
                JobCleared.TOPIC,
                ContradictionFound.TOPIC,
                HarmFound.TOPIC,
                VerdictReached.TOPIC,
                CanaryFailed.TOPIC,
                PaymentsSwitched.BY_MARKET)
            .map(topic ->
                TopicBuilder.name(topic)
                    .partitions(settings.partitions())
                    .replicas(settings.replicas())
                    .build())
            .toArray(NewTopic[]::new));
  }

  @Bean
  static KafkaAdmin.NewTopics deadLetters(MessagingSettings settings) {
    return new KafkaAdmin.NewTopics(
        ConsumedEvents.TOPICS.stream()
            .map(topic ->
                TopicBuilder.name(topic + DEAD).partitions(1).replicas(settings.replicas()).build())
            .toArray(NewTopic[]::new));
  }

  @Scheduled(fixedDelayString = "1s")
  void ensure() {
    if (exist) {
      return;
    }
    exist = kafka.initialize();
    if (exist) {
      LOG.info("Kafka is there and has our topics");
    } else if (!away) { // said once, not at every attempt
      away = true;
      LOG.warn("Kafka is away; events wait in the outbox until it is back");
    }
  }
}
