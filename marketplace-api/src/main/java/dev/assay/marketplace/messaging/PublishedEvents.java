package dev.assay.marketplace.messaging;

import dev.assay.messaging.EventSender;
import dev.assay.protocol.event.CanaryFailed;
import dev.assay.protocol.event.ContradictionFound;
import dev.assay.protocol.event.EpochClosed;
import dev.assay.protocol.event.HarmFound;
import dev.assay.protocol.event.JobCleared;
import dev.assay.protocol.event.PaymentsSwitched;
import dev.assay.protocol.event.VerdictReached;
import dev.assay.protocol.event.WorkerEnrolled;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Async;
import org.springframework.stereotype.Component;
import org.springframework.transaction.event.TransactionalEventListener;

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

  private final EventSender events;

  PublishedEvents(EventSender events) {
    this.events = events;
  }

  @Async
  @TransactionalEventListener(id = "publish-worker-enrolled")
  void publish(WorkerEnrolled event) {
    events.send(WorkerEnrolled.TOPIC, event.worker().hex(), event.traceparent(), event);
    LOG.atInfo()
        .addKeyValue("eventId", event.id())
        .addKeyValue("worker", event.worker())
        .log("WorkerEnrolled published");
  }

  @Async
  @TransactionalEventListener(id = "publish-epoch-closed")
  void publish(EpochClosed event) {
    events.send(EpochClosed.TOPIC, Long.toString(event.epoch()), event.traceparent(), event);
  }

  @Async
  @TransactionalEventListener(id = "publish-job-cleared")
  void publish(JobCleared event) {
    events.send(
        JobCleared.TOPIC,
        event.result().attestation().jobId().toString(),
        event.traceparent(),
        event);
  }

  @Async
  @TransactionalEventListener(id = "publish-contradiction-found")
  void publish(ContradictionFound event) {
    events.send(
        ContradictionFound.TOPIC,
        event.first().attestation().worker().hex(),
        event.traceparent(),
        event);
  }

  @Async
  @TransactionalEventListener(id = "publish-harm-found")
  void publish(HarmFound event) {
    events.send(HarmFound.TOPIC, event.caseId().toString(), event.traceparent(), event);
  }

  @Async
  @TransactionalEventListener(id = "publish-verdict-reached")
  void publish(VerdictReached event) {
    events.send(
        VerdictReached.TOPIC,
        event.evidence().result().attestation().worker().hex(),
        event.traceparent(),
        event);
  }

  @Async
  @TransactionalEventListener(id = "publish-canary-failed")
  void publish(CanaryFailed event) {
    events.send(
        CanaryFailed.TOPIC,
        event.evidence().result().attestation().worker().hex(),
        event.traceparent(),
        event);
  }

  @Async
  @TransactionalEventListener(id = "publish-payments-switched")
  void publish(PaymentsSwitched event) {
    events.send(PaymentsSwitched.BY_MARKET, "payments", event.traceparent(), event);
  }
}
