package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.dispatch.AttemptEnd.Reason;
import java.time.Clock;
import java.util.List;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;

/** Ends the leases of workers that have fallen silent or are too late. */
@Service
class LapseLeases {
  private static final int AT_ONCE = 500;

  private final LiveLeases live;
  private final EndAttempts endings;
  private final Clock clock;

  LapseLeases(LiveLeases live, EndAttempts endings, Clock clock) {
    this.live = live;
    this.endings = endings;
    this.clock = clock;
  }

  @Scheduled(
      initialDelayString = "${marketplace.dispatch.lapse-every:500ms}",
      fixedDelayString = "${marketplace.dispatch.lapse-every:500ms}")
  void lapse() {
    List<LiveLease> lapsed = live.lapsedAt(clock.instant());
    for (int from = 0; from < lapsed.size(); from += AT_ONCE) {
      endings.without(
          lapsed.subList(from, Math.min(from + AT_ONCE, lapsed.size())),
          Reason.LAPSED,
          "No heartbeat came, or no result in time.");
    }
  }
}
