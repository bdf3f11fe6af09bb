package dev.assay.messaging;

import java.util.List;
import org.apache.kafka.clients.admin.NewTopic;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.kafka.config.TopicBuilder;
import org.springframework.kafka.core.KafkaAdmin;
import org.springframework.scheduling.annotation.Scheduled;

/**
 * The topics that this process writes, and those for its dead letters. Brokers do not make topics
 * by themselves, and may be away when this process starts, so they are made in the background, as
 * soon as it can be.
 */
@Configuration(proxyBeanMethods = false)
class Topics {
  private static final Logger LOG = LoggerFactory.getLogger(Topics.class);

  private final KafkaAdmin kafka;
  private boolean exist;
  private boolean away;

  Topics(KafkaAdmin kafka) {
    this.kafka = kafka;
  }

  @Bean
  static KafkaAdmin.NewTopics written(EventTraffic traffic, MessagingSettings settings) {
    return topics(traffic.written(), settings.partitions(), settings);
  }

  @Bean
  static KafkaAdmin.NewTopics deadLetters(EventTraffic traffic, MessagingSettings settings) {
    return topics(traffic.deadLetters(), 1, settings);
  }

  private static KafkaAdmin.NewTopics topics(
      List<String> names, int partitions, MessagingSettings settings) {
    return new KafkaAdmin.NewTopics(
        names.stream()
            .map(name ->
                TopicBuilder.name(name)
                    .partitions(partitions)
                    .replicas(settings.replicas())
                    .build())
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
      LOG.warn("Kafka is away; no event is taken in, and those that leave wait in the outbox");
    }
  }
}
