package dev.assay.marketplace.messaging;

import dev.assay.protocol.event.EventTopics;
import org.apache.kafka.clients.admin.NewTopic;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.config.TopicBuilder;
import org.springframework.kafka.core.KafkaAdmin;

/** What settlement makes where both run. */
@TestConfiguration(proxyBeanMethods = false)
class SettlementsTopics {
  @Bean
  KafkaAdmin.NewTopics topicsOfSettlement() {
    return new KafkaAdmin.NewTopics(
        EventTopics.OF_SETTLEMENT.stream()
            .map(topic -> TopicBuilder.name(topic).partitions(3).build())
            .toArray(NewTopic[]::new));
  }
}
