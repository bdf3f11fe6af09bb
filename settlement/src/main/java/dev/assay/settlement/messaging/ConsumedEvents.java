package dev.assay.settlement.messaging;

import dev.assay.protocol.event.WorkerEnrolled;
import dev.assay.settlement.watch.WatchWorker;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * All that enters this process from Kafka: one method a topic. A record may come twice, late and
 * out of order.
 */
@Component
class ConsumedEvents {
  private final WatchWorker watchWorker;
  private final JsonMapper json;

  ConsumedEvents(WatchWorker watchWorker, JsonMapper json) {
    this.watchWorker = watchWorker;
    this.json = json;
  }

  @KafkaListener(id = "worker-enrolled", topics = WorkerEnrolled.TOPIC, idIsGroup = false)
  void workerEnrolled(ConsumerRecord<String, byte[]> message) {
    watchWorker.watch(json.readValue(message.value(), WorkerEnrolled.class));
  }
}
