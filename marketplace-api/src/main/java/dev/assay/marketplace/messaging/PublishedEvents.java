package dev.assay.marketplace.messaging;

import dev.assay.protocol.event.CanaryFailed;
import dev.assay.protocol.event.ContradictionFound;
import dev.assay.protocol.event.EpochClosed;
import dev.assay.protocol.event.HarmFound;
import dev.assay.protocol.event.JobCleared;
import dev.assay.protocol.event.PaymentsSwitched;
import dev.assay.protocol.event.VerdictReached;
import dev.assay.protocol.event.WorkerEnrolled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.kafka.KafkaException;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.scheduling.annotation.Async;
import org.springframework.stereotype.Component;
import org.springframework.transaction.event.TransactionalEventListener;
import tools.jackson.databind.json.JsonMapper;

/**
 * All that leaves this process for Kafka: one method an event.
 *
 * <p>Each event is written to the outbox in the transaction that caused it (Spring Modulith's
 * publication registry finds these listeners by their annotation) and handed here after the commit,
 * outside any transaction. Its row goes when the method returns, that is when Kafka has
 * acknowledged the record; it stays, and is handed over again, when the method throws. So an event
 * arrives at least once, in no certain order.
 */
@Component
class PublishedEvents {
  private static final Logger LOG = LoggerFactory.getLogger(PublishedEvents.class);

  private final KafkaTemplate<String, byte[]> kafka;
  private final JsonMapper json;
  private final MessagingSettings settings;

  PublishedEvents(
      KafkaTemplate<String, byte[]> kafka, JsonMapper json, MessagingSettings settings) {
    this.kafka = kafka;
    this.json = json;
    this.settings = settings;
  }

  @Async
  @TransactionalEventListener(id = "publish-worker-enrolled")
  void publish(WorkerEnrolled event) {
    send(WorkerEnrolled.TOPIC, event.worker().hex(), event.traceparent(), event);
    LOG.atInfo()
        .addKeyValue("eventId", event.id())
        .addKeyValue("worker", event.worker())
        .log("WorkerEnrolled published");
  }

  @Async
  @TransactionalEventListener(id = "publish-epoch-closed")
  void publish(EpochClosed event) {
    send(EpochClosed.TOPIC, Long.toString(event.epoch()), event.traceparent(), event);
  }

  @Async
  @TransactionalEventListener(id = "publish-job-cleared")
  void publish(JobCleared event) {
    send(
        JobCleared.TOPIC,
        event.result().attestation().jobId().toString(),
        event.traceparent(),
        event);
  }

  @Async
  @TransactionalEventListener(id = "publish-contradiction-found")
  void publish(ContradictionFound event) {
    send(
        ContradictionFound.TOPIC,
        event.first().attestation().worker().hex(),
        event.traceparent(),
        event);
  }

  @Async
  @TransactionalEventListener(id = "publish-harm-found")
  void publish(HarmFound event) {
    send(HarmFound.TOPIC, event.caseId().toString(), event.traceparent(), event);
  }

  @Async
  @TransactionalEventListener(id = "publish-verdict-reached")
  void publish(VerdictReached event) {
    send(
        VerdictReached.TOPIC,
        event.evidence().result().attestation().worker().hex(),
        event.traceparent(),
        event);
  }

  @Async
  @TransactionalEventListener(id = "publish-canary-failed")
  void publish(CanaryFailed event) {
    send(
        CanaryFailed.TOPIC,
        event.evidence().result().attestation().worker().hex(),
        event.traceparent(),
        event);
  }

  @Async
  @TransactionalEventListener(id = "publish-payments-switched")
  void publish(PaymentsSwitched event) {
    send(PaymentsSwitched.BY_MARKET, "payments", event.traceparent(), event);
  }

  /** The trace of the request that caused the event, not of the attempt that sends it. */
  private void send(String topic, String key, String traceparent, Object event) {
    var message = new ProducerRecord<>(topic, key, json.writeValueAsBytes(event));
    if (!traceparent.isEmpty()) {
      message.headers().add("traceparent", traceparent.getBytes(StandardCharsets.US_ASCII));
    }
    Duration patience = settings.acknowledgement();
    try {
      kafka.send(message).get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while " + topic + " was being published", e);
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      throw new IllegalStateException(
          "%s of %s is not acknowledged; it stays in the outbox".formatted(topic, key), e);
    }
  }
}
