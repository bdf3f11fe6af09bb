package dev.assay.marketplace.messaging;

import dev.assay.determinism.CrashPoint;
import dev.assay.marketplace.audit.RecordCase;
import dev.assay.marketplace.audit.RecordDraw;
import dev.assay.marketplace.audit.RecordSeal;
import dev.assay.marketplace.job.SettleJobs;
import dev.assay.marketplace.job.SettledJob;
import dev.assay.marketplace.pause.PaymentPauses;
import dev.assay.marketplace.purse.Purse;
import dev.assay.marketplace.purse.RecordPurse;
import dev.assay.marketplace.receipt.KeepEvidence;
import dev.assay.marketplace.stake.KeyState;
import dev.assay.marketplace.stake.StakeState;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.messaging.EventMacs;
import dev.assay.messaging.EventTraffic;
import dev.assay.protocol.event.CaseChanged;
import dev.assay.protocol.event.EpochDrawn;
import dev.assay.protocol.event.EpochSealed;
import dev.assay.protocol.event.JobSettled;
import dev.assay.protocol.event.PaymentsSwitched;
import dev.assay.protocol.event.PurseChanged;
import dev.assay.protocol.event.SessionKeyChanged;
import dev.assay.protocol.event.StakeChanged;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.listener.BatchListenerFailedException;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/**
 * All that enters this process from Kafka. A record may come twice, late and out of order. No inbox
 * remembers which have come: each effect knows by itself what it has taken, by the place on the
 * chain or by the job.
 */
@Component
class ConsumedEvents {
  /** More logs than a block can hold, and more blocks than a chain will have: both fit 63 bits. */
  private static final int LOG_BITS = 24;

  private final RecordPurse purses;
  private final Stakes stakes;
  private final SettleJobs settling;
  private final RecordSeal seals;
  private final RecordDraw draws;
  private final RecordCase cases;
  private final KeepEvidence evidence;
  private final PaymentPauses payments;
  private final EventTraffic traffic;
  private final EventMacs macs;
  private final JsonMapper json;

  ConsumedEvents(
      RecordPurse purses,
      Stakes stakes,
      SettleJobs settling,
      RecordSeal seals,
      RecordDraw draws,
      RecordCase cases,
      KeepEvidence evidence,
      PaymentPauses payments,
      EventTraffic traffic,
      EventMacs macs,
      JsonMapper json) {
    this.purses = purses;
    this.stakes = stakes;
    this.settling = settling;
    this.seals = seals;
    this.draws = draws;
    this.cases = cases;
    this.evidence = evidence;
    this.payments = payments;
    this.traffic = traffic;
    this.macs = macs;
    this.json = json;
  }

  /**
   * One consumer for all of what is rare: each asks the broker twice a second whether there is
   * anything.
   */
  @KafkaListener(
      id = "facts",
      topics = {
        PurseChanged.TOPIC,
        StakeChanged.TOPIC,
        SessionKeyChanged.TOPIC,
        EpochSealed.TOPIC,
        EpochDrawn.TOPIC,
        CaseChanged.TOPIC,
        PaymentsSwitched.BY_SETTLEMENT
      },
      idIsGroup = false)
  void take(ConsumerRecord<String, byte[]> message) {
    switch (message.topic()) {
      case PurseChanged.TOPIC -> purseChanged(message);
      case StakeChanged.TOPIC -> stakeChanged(message);
      case SessionKeyChanged.TOPIC -> sessionKeyChanged(message);
      case EpochSealed.TOPIC -> epochSealed(message);
      case EpochDrawn.TOPIC -> epochDrawn(message);
      case CaseChanged.TOPIC -> caseChanged(message);
      case PaymentsSwitched.BY_SETTLEMENT -> paymentsSwitched(message);
      default -> throw new IllegalStateException("Nobody subscribed to " + message.topic());
    }
    CrashPoint.API_INTAKE_AFTER_COMMIT.reached();
  }

  private void purseChanged(ConsumerRecord<String, byte[]> message) {
    var event = json.readValue(macs.body(message), PurseChanged.class);
    purses.record(
        new Purse(
            event.owner(),
            event.balance(),
            event.authorized(),
            event.spent(),
            event.leaving(),
            position(event.blockNumber(), event.logIndex())));
  }

  private void stakeChanged(ConsumerRecord<String, byte[]> message) {
    var event = json.readValue(macs.body(message), StakeChanged.class);
    stakes.record(
        new StakeState(
            event.worker(),
            event.bonded(),
            event.thawing(),
            event.frozen(),
            position(event.blockNumber(), event.logIndex())));
  }

  private void sessionKeyChanged(ConsumerRecord<String, byte[]> message) {
    var event = json.readValue(macs.body(message), SessionKeyChanged.class);
    stakes.record(
        new KeyState(
            event.key(),
            event.worker(),
            event.deadAt(),
            position(event.blockNumber(), event.logIndex())));
  }

  private void epochSealed(ConsumerRecord<String, byte[]> message) {
    seals.record(json.readValue(macs.body(message), EpochSealed.class));
  }

  private void epochDrawn(ConsumerRecord<String, byte[]> message) {
    draws.record(json.readValue(macs.body(message), EpochDrawn.class));
  }

  private void caseChanged(ConsumerRecord<String, byte[]> message) {
    cases.record(json.readValue(macs.body(message), CaseChanged.class));
  }

  private void paymentsSwitched(ConsumerRecord<String, byte[]> message) {
    payments.record(json.readValue(macs.body(message), PaymentsSwitched.class));
  }

  /** In groups: a batch on chain settles thousands at once. */
  @KafkaListener(id = "job-settled", topics = JobSettled.TOPIC, idIsGroup = false, batch = "true")
  void jobsSettled(List<ConsumerRecord<String, byte[]>> messages) {
    try {
      settle(messages);
    } catch (RuntimeException spoiltForAll) { // by one, perhaps: each now stands for itself
      settleEach(messages);
    }
    CrashPoint.API_INTAKE_AFTER_COMMIT.reached();
  }

  /** Twice if the second fails: each of the two knows what it has taken. */
  private void settle(List<ConsumerRecord<String, byte[]>> messages) {
    List<JobSettled> settled =
        messages.stream()
            .map(message -> json.readValue(macs.body(message), JobSettled.class))
            .toList();
    settling.settle(settled.stream().map(ConsumedEvents::settledJob).toList());
    evidence.keep(settled);
  }

  private void settleEach(List<ConsumerRecord<String, byte[]>> messages) {
    for (int i = 0; i < messages.size(); i++) {
      try {
        settle(List.of(messages.get(i)));
      } catch (RuntimeException e) {
        throw traffic.isSomethingAway(e) ? new Delayed(e, i) : new Refused(e, i);
      }
    }
  }

  /**
   * Two classes, because tries are counted anew when a record fails by another: one that had to
   * wait may then be found wrong, and must not wait for ever.
   */
  private static final class Delayed extends BatchListenerFailedException {
    Delayed(RuntimeException cause, int index) {
      super("A settled job cannot be taken in now", cause, index);
    }
  }

  private static final class Refused extends BatchListenerFailedException {
    Refused(RuntimeException cause, int index) {
      super("A settled job is not taken in", cause, index);
    }
  }

  private static SettledJob settledJob(JobSettled event) {
    return new SettledJob(
        event.leaf().jobId(),
        event.requester(),
        event.worker(),
        event.leaf().price(),
        event.leaf().earned(),
        position(event.blockNumber(), event.logIndex()));
  }

  /** A place on the chain as one number: later places are larger. */
  static long position(long blockNumber, int logIndex) {
    if (blockNumber < 0
        || blockNumber >= 1L << (Long.SIZE - 1 - LOG_BITS)
        || logIndex < 0
        || logIndex >= 1 << LOG_BITS) {
      throw new IllegalArgumentException(
          "There is no log %d of a block %d.".formatted(logIndex, blockNumber));
    }
    return blockNumber << LOG_BITS | logIndex;
  }
}
