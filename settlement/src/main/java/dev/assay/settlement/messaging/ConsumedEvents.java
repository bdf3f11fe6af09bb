package dev.assay.settlement.messaging;

import dev.assay.messaging.EventMacs;
import dev.assay.protocol.event.CanaryFailed;
import dev.assay.protocol.event.ContradictionFound;
import dev.assay.protocol.event.EpochClosed;
import dev.assay.protocol.event.HarmFound;
import dev.assay.protocol.event.JobCleared;
import dev.assay.protocol.event.PaymentsSwitched;
import dev.assay.protocol.event.VerdictReached;
import dev.assay.protocol.event.WorkerEnrolled;
import dev.assay.settlement.batch.ClearJob;
import dev.assay.settlement.court.CloseEpoch;
import dev.assay.settlement.court.OpenCases;
import dev.assay.settlement.platform.PausedPayments;
import dev.assay.settlement.watch.WatchWorker;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.stereotype.Component;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * All that enters this process from Kafka: one method a topic. A record may come twice, late and
 * out of order.
 */
@Component
class ConsumedEvents {
  private final WatchWorker watchWorker;
  private final CloseEpoch closeEpoch;
  private final ClearJob clearJob;
  private final OpenCases openCases;
  private final PausedPayments payments;
  private final EventMacs macs;
  private final JsonMapper json;

  ConsumedEvents(
      WatchWorker watchWorker,
      CloseEpoch closeEpoch,
      ClearJob clearJob,
      OpenCases openCases,
      PausedPayments payments,
      EventMacs macs,
      JsonMapper json) {
    this.watchWorker = watchWorker;
    this.closeEpoch = closeEpoch;
    this.clearJob = clearJob;
    this.openCases = openCases;
    this.payments = payments;
    this.macs = macs;
    // Else what is left out would fail somewhere inside, and be tried again as if it could succeed.
    this.json =
        json.rebuild()
            .enable(
                DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .build();
  }

  @KafkaListener(id = "worker-enrolled", topics = WorkerEnrolled.TOPIC, idIsGroup = false)
  void workerEnrolled(ConsumerRecord<String, byte[]> message) {
    watchWorker.watch(json.readValue(macs.body(message), WorkerEnrolled.class));
  }

  @KafkaListener(id = "epoch-closed", topics = EpochClosed.TOPIC, idIsGroup = false)
  void epochClosed(ConsumerRecord<String, byte[]> message) {
    closeEpoch.close(json.readValue(macs.body(message), EpochClosed.class));
  }

  /** The only topic of which there are many: several at once share a commit. */
  @KafkaListener(
      id = "job-cleared",
      topics = JobCleared.TOPIC,
      idIsGroup = false,
      concurrency = "${messaging.job-threads:3}")
  void jobCleared(ConsumerRecord<String, byte[]> message) {
    clearJob.clear(json.readValue(macs.body(message), JobCleared.class));
  }

  @KafkaListener(id = "contradiction-found", topics = ContradictionFound.TOPIC, idIsGroup = false)
  void contradictionFound(ConsumerRecord<String, byte[]> message) {
    openCases.open(json.readValue(macs.body(message), ContradictionFound.class));
  }

  @KafkaListener(id = "harm-found", topics = HarmFound.TOPIC, idIsGroup = false)
  void harmFound(ConsumerRecord<String, byte[]> message) {
    openCases.compensate(json.readValue(macs.body(message), HarmFound.class));
  }

  @KafkaListener(id = "verdict-reached", topics = VerdictReached.TOPIC, idIsGroup = false)
  void verdictReached(ConsumerRecord<String, byte[]> message) {
    openCases.open(json.readValue(macs.body(message), VerdictReached.class));
  }

  @KafkaListener(id = "payments-switched", topics = PaymentsSwitched.BY_MARKET, idIsGroup = false)
  void paymentsSwitched(ConsumerRecord<String, byte[]> message) {
    payments.record(json.readValue(macs.body(message), PaymentsSwitched.class));
  }

  @KafkaListener(id = "canary-failed", topics = CanaryFailed.TOPIC, idIsGroup = false)
  void canaryFailed(ConsumerRecord<String, byte[]> message) {
    openCases.open(json.readValue(macs.body(message), CanaryFailed.class));
  }
}
