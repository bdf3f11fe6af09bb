package dev.assay.messaging;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.springframework.kafka.KafkaException;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Sends an event and waits until Kafka has it; what throws stays in the outbox. */
@Component
public class EventSender {
  private final KafkaTemplate<String, byte[]> kafka;
  private final JsonMapper json;
  private final EventMacs macs;
  private final MessagingSettings settings;

  EventSender(
      KafkaTemplate<String, byte[]> kafka,
      JsonMapper json,
      EventMacs macs,
      MessagingSettings settings) {
    this.kafka = kafka;
    this.json = json;
    this.macs = macs;
    this.settings = settings;
  }

  /**
   * @param traceparent of what caused the event, not of the attempt that sends it; may be empty
   * @throws IllegalStateException if it is not acknowledged in time
   */
  public void send(String topic, String key, String traceparent, Object event) {
    var message = new ProducerRecord<>(topic, key, json.writeValueAsBytes(event));
    macs.mark(message);
    if (!traceparent.isEmpty()) {
      message.headers().add("traceparent", traceparent.getBytes(StandardCharsets.US_ASCII));
    }
    try {
      kafka.send(message).get(settings.acknowledgement().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while " + topic + " was being published", e);
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      throw new IllegalStateException(
          "%s of %s is not acknowledged; it stays in the outbox".formatted(topic, key), e);
    }
  }
}
