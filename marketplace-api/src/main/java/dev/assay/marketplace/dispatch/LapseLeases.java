package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.dispatch.AttemptEnd.Reason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;

/** Ends the leases of workers that have fallen silent or are too late. */
@Service
class LapseLeases {
  private static final int AT_ONCE = 500;

  /** What is overdue by so much is in nobody's memory. */
  private static final Duration FORGOTTEN_AFTER = Duration.ofSeconds(10);

  private static final Duration BEATS_KEPT = Duration.ofMinutes(1);

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
    List<LiveLease> silent = live.lapsedAt(clock.instant());
    for (int from = 0; from < silent.size(); from += AT_ONCE) {
      List<LiveLease> lapsed =
          silentEverywhere(silent.subList(from, Math.min(from + AT_ONCE, silent.size())));
      if (!lapsed.isEmpty()) {
        endings.without(lapsed, Reason.LAPSED, "No heartbeat came, or no result in time.");
      }
    }
  }

  /** Their workers may have spoken to another replica, also to one that has died since. */
  private List<LiveLease> silentEverywhere(List<LiveLease> silent) {
    Map<Assignments.Key, Instant> beats =
        assignments.beats(silent.stream().map(LiveLease::key).toList());
    Instant now = clock.instant();
    List<LiveLease> lapsed = new ArrayList<>();
    for (LiveLease lease : silent) {
      Instant until = beats.getOrDefault(lease.key(), Instant.EPOCH);
      if (now.isBefore(until) && now.isBefore(lease.deadline())) {
        live.extend(lease.ref(), until);
      } else {
        lapsed.add(lease);
      }
    }
    return lapsed;
  }

  @Scheduled(
      initialDelayString = "${marketplace.dispatch.sweep-every:10s}",
      fixedDelayString = "${marketplace.dispatch.sweep-every:10s}")
  void sweep() {
    var forgotten =
        assignments.overdue(clock.instant().minus(FORGOTTEN_AFTER), AT_ONCE).stream()
            .filter(row -> live.ofJob(row.key().job()).isEmpty())
            .toList();
    assignments.forgetBeats(clock.instant().minus(BEATS_KEPT));
    if (!forgotten.isEmpty()) {
      endings.forgotten(forgotten, "No result came in time.");
    }
  }
}
