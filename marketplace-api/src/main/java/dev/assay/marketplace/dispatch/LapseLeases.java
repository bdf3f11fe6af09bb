package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.dispatch.AttemptEnd.Reason;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;

/** Ends the leases of workers that have fallen silent or are too late. */
@Service
class LapseLeases {
  private static final int AT_ONCE = 500;

  /** What is overdue by so much is in nobody's memory. */
  private static final Duration FORGOTTEN_AFTER = Duration.ofSeconds(10);

  private final LiveLeases live;
  private final Assignments assignments;
  private final EndAttempts endings;
  private final Clock clock;

  LapseLeases(LiveLeases live, Assignments assignments, EndAttempts endings, Clock clock) {
    this.live = live;
    this.assignments = assignments;
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

  @Scheduled(
      initialDelayString = "${marketplace.dispatch.sweep-every:10s}",
      fixedDelayString = "${marketplace.dispatch.sweep-every:10s}")
  void sweep() {
    var forgotten =
        assignments.overdue(clock.instant().minus(FORGOTTEN_AFTER), AT_ONCE).stream()
            .filter(row -> live.ofJob(row.key().job()).isEmpty())
            .toList();
    if (!forgotten.isEmpty()) {
      endings.forgotten(forgotten, "No result came in time.");
    }
  }
}
