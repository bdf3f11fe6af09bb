package dev.assay.messaging;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.stereotype.Component;

/**
 * Sends what lies in the dead-letter topics back to where it came from, each record once a start:
 * what dies again lies behind where this stops. Records that were sent back before are not sent
 * again; if they are, after a crash, their effects know them.
 */
@Component
@ConditionalOnBooleanProperty("messaging.replay-dead-letters")
public class ReplayDeadLetters {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayDeadLetters.class);

  /** What the dead-letter publisher has added; it would add it again. */
  private static final String ADDED = "kafka_dlt-";

  private final ConsumerFactory<String, byte[]> consumers;
  private final KafkaTemplate<String, byte[]> kafka;
  private final EventTraffic traffic;

  public ReplayDeadLetters(
      ConsumerFactory<String, byte[]> consumers,
      KafkaTemplate<String, byte[]> kafka,
      EventTraffic traffic) {
    this.consumers = consumers;
    this.kafka = kafka;
    this.traffic = traffic;
  }

  @EventListener(ApplicationReadyEvent.class)
  public void replay() {
    try (var consumer = consumers.createConsumer(traffic.service() + "-replay", "")) {
      LOG.atInfo().addKeyValue("records", replay(consumer)).log("Dead letters replayed");
    } catch (KafkaException | CompletionException e) {
      LOG.atError()
          .setCause(e)
          .log("Not all dead letters are replayed. Start again when Kafka is there.");
    }
  }

  private int replay(Consumer<String, byte[]> consumer) {
    List<TopicPartition> graves =
        traffic.deadLetters().stream().map(topic -> new TopicPartition(topic, 0)).toList();
    consumer.assign(graves);
    Map<TopicPartition, Long> ends = consumer.endOffsets(graves);
    int replayed = 0;
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      for (ConsumerRecord<String, byte[]> dead : consumer.poll(Duration.ofSeconds(1))) {
        var grave = new TopicPartition(dead.topic(), dead.partition());
        if (dead.offset() < ends.getOrDefault(grave, 0L)) {
          kafka.send(alive(dead)).join();
          consumer.commitSync(Map.of(grave, new OffsetAndMetadata(dead.offset() + 1)));
          replayed++;
        }
      }
    }
    return replayed;
  }

  private static ProducerRecord<String, byte[]> alive(ConsumerRecord<String, byte[]> dead) {
    String topic = dead.topic().substring(0, dead.topic().length() - EventTraffic.DEAD.length());
    var alive = new ProducerRecord<>(topic, dead.key(), dead.value());
    dead.headers()
        .forEach(header -> {
          if (!header.key().startsWith(ADDED)) {
            alive.headers().add(header);
          }
        });
    return alive;
  }
}
