package dev.assay.protocol.event;

import java.util.List;

/** Who writes which topics; the other service reads all of them. */
public final class EventTopics {
  public static final List<String> OF_MARKET =
      List.of(
          WorkerEnrolled.TOPIC,
          EpochClosed.TOPIC,
          JobCleared.TOPIC,
          ContradictionFound.TOPIC,
          HarmFound.TOPIC,
          VerdictReached.TOPIC,
          CanaryFailed.TOPIC,
          PaymentsSwitched.BY_MARKET);

  public static final List<String> OF_SETTLEMENT =
      List.of(
          PurseChanged.TOPIC,
          StakeChanged.TOPIC,
          SessionKeyChanged.TOPIC,
          EpochSealed.TOPIC,
          EpochDrawn.TOPIC,
          JobSettled.TOPIC,
          CaseChanged.TOPIC,
          PaymentsSwitched.BY_SETTLEMENT);

  private EventTopics() {}
}
