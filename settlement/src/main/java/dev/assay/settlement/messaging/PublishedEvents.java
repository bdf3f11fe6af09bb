package dev.assay.settlement.messaging;

import dev.assay.determinism.CrashPoint;
import dev.assay.messaging.EventSender;
import dev.assay.protocol.event.CaseChanged;
import dev.assay.protocol.event.EpochDrawn;
import dev.assay.protocol.event.EpochSealed;
import dev.assay.protocol.event.JobSettled;
import dev.assay.protocol.event.PaymentsSwitched;
import dev.assay.protocol.event.PurseChanged;
import dev.assay.protocol.event.SessionKeyChanged;
import dev.assay.protocol.event.StakeChanged;
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
  private final EventSender events;

  PublishedEvents(EventSender events) {
    this.events = events;
  }

  @Async
  @TransactionalEventListener(id = "publish-purse-changed")
  void publish(PurseChanged event) {
    send(PurseChanged.TOPIC, event.owner().hex(), event.traceparent(), event);
  }

  @Async
  @TransactionalEventListener(id = "publish-stake-changed")
  void publish(StakeChanged event) {
    send(StakeChanged.TOPIC, event.worker().hex(), event.traceparent(), event);
  }

  @Async
  @TransactionalEventListener(id = "publish-session-key-changed")
  void publish(SessionKeyChanged event) {
    send(SessionKeyChanged.TOPIC, event.key().hex(), event.traceparent(), event);
  }

  @Async
  @TransactionalEventListener(id = "publish-epoch-sealed")
  void publish(EpochSealed event) {
    send(EpochSealed.TOPIC, "" + event.epochSeal().epoch(), event.traceparent(), event);
  }

  @Async
  @TransactionalEventListener(id = "publish-epoch-drawn")
  void publish(EpochDrawn event) {
    send(EpochDrawn.TOPIC, "" + event.epoch(), event.traceparent(), event);
  }

  @Async
  @TransactionalEventListener(id = "publish-job-settled")
  void publish(JobSettled event) {
    send(JobSettled.TOPIC, event.leaf().jobId().toString(), event.traceparent(), event);
  }

  @Async
  @TransactionalEventListener(id = "publish-case-changed")
  void publish(CaseChanged event) {
    send(CaseChanged.TOPIC, event.caseId().toString(), event.traceparent(), event);
  }

  @Async
  @TransactionalEventListener(id = "publish-payments-switched")
  void publish(PaymentsSwitched event) {
    send(PaymentsSwitched.BY_SETTLEMENT, "payments", event.traceparent(), event);
  }

  private void send(String topic, String key, String traceparent, Object event) {
    CrashPoint.SETTLEMENT_PUBLISH_BEFORE.reached();
    events.send(topic, key, traceparent, event);
    CrashPoint.SETTLEMENT_PUBLISH_AFTER.reached();
  }
}
