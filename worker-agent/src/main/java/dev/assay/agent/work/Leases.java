package dev.assay.agent.work;

import dev.assay.agent.key.SignOnceTable;
import dev.assay.agent.key.UnsentResults.Unsent;
import dev.assay.agent.market.Traceparent;
import dev.assay.agent.work.Execution.Outcome;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Lease;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The leases in hand: as many under way as there are slots, the others next for one. How many it
 * pays to hold ready is learnt from how long jobs take here.
 */
final class Leases {
  /** Leases are held ready for so long, so that no slot waits for the market between two jobs. */
  private static final Duration AHEAD = Duration.ofMillis(100);

  /** Where no lease says how often. */
  private static final int USUAL_HEARTBEAT_SECONDS = 10;

  private final Catalogue catalogue;
  private final int slots;
  private final int mostHeld;
  private final SignOnceTable signed;
  private final MarketClock marketClock;
  private final JobRunner runner;
  private final HandBacks handBacks;
  private final Log log;

  private final Map<AttemptRef, Execution> held = new LinkedHashMap<>();

  /** Nanoseconds that a job takes here, the last ones counting most; 0 before the first is done. */
  private long typical;

  private long failed;

  Leases(
      Catalogue catalogue,
      int slots,
      SignOnceTable signed,
      MarketClock marketClock,
      JobRunner runner,
      HandBacks handBacks,
      Log log) {
    this.catalogue = catalogue;
    this.slots = slots;
    this.mostHeld = catalogue.mostHeld(slots);
    this.signed = signed;
    this.marketClock = marketClock;
    this.runner = runner;
    this.handBacks = handBacks;
    this.log = log;
  }

  int size() {
    return held.size();
  }

  boolean isEmpty() {
    return held.isEmpty();
  }

  int inSlots() {
    return (int) held.values().stream().filter(Execution::isInSlot).count();
  }

  /** Attempts that failed in the model or by their deadline, since the start of the process. */
  long failed() {
    return failed;
  }

  Stream<AttemptRef> refs() {
    return held.keySet().stream();
  }

  /** How many more leases would not wait longer than {@link #AHEAD}; behind a chat, none. */
  int room() {
    boolean isSlow = typical == 0 || held.values().stream().anyMatch(Execution::isChat);
    long ahead = isSlow ? 0 : slots * AHEAD.toNanos() / typical;
    return (int) Math.min(slots + ahead, mostHeld) - held.size();
  }

  Duration heartbeatEvery() {
    int seconds =
        held.values().stream()
            .mapToInt(execution -> execution.lease().heartbeatSeconds())
            .min()
            .orElse(USUAL_HEARTBEAT_SECONDS);
    return Duration.ofSeconds(Math.max(1, seconds));
  }

  /**
   * Holds what may be executed here, and hands the rest back with the reason.
   *
   * @param asked for how many the market was asked
   */
  void take(List<Lease> leases, int asked, Session now, Traceparent trace) {
    int room = asked;
    for (Lease lease : leases) {
      if (held.containsKey(lease.ref())) {
        continue; // it came twice
      }
      Optional<LeaseCheck.Objection> objection =
          LeaseCheck.of(lease, now.worker(), catalogue, signed, marketClock.now());
      if (objection.isPresent()) {
        log.say(
            Log.Level.WARN,
            "%s is handed back: %s".formatted(lease, objection.get().words()),
            trace);
        handBacks.add(lease.ref(), objection.get().reason(), objection.get().words());
      } else if (room == 0) {
        handBacks.add(lease.ref(), HandBack.Reason.LEAVING, "The worker has no room for it.");
      } else {
        room--;
        hold(lease);
      }
    }
  }

  private void hold(Lease lease) {
    Catalogue.Entry entry =
        catalogue
            .find(lease.modelDigest(), lease.profile())
            .orElseThrow(() -> new IllegalStateException("a checked lease has no model"));
    held.put(lease.ref(), new Execution(lease, entry.backend()));
  }

  /** Gives the free slots to the leases that were held first. */
  void fillSlots(Session now) {
    held.values().stream()
        .filter(execution -> !execution.isInSlot())
        .limit(slots - inSlots())
        .forEach(
            next -> runner.start(next, now, Duration.between(marketClock.now(), next.deadline())));
  }

  /** A slot is free again; of what was given up meanwhile the result is nobody's. */
  Optional<Unsent> heard(Outcome outcome) {
    Execution execution = outcome.execution();
    boolean isHeld = held.get(execution.lease().ref()) == execution;
    switch (outcome) {
      case Outcome.Finished finished -> {
        long nanos = finished.took().toNanos();
        typical = typical == 0 ? nanos : (typical + nanos) / 2;
        if (isHeld) {
          held.remove(execution.lease().ref());
          return Optional.of(finished.result());
        }
      }
      case Outcome.Failed(_, String words) -> {
        if (isHeld) {
          log.warn("%s failed: %s".formatted(execution.lease(), words));
          failed++;
          giveUp(execution, HandBack.Reason.FAILED, words);
        }
      }
      case Outcome.Interrupted interrupted -> {
        if (isHeld) {
          held.remove(execution.lease().ref());
        }
      }
    }
    return Optional.empty();
  }

  /** They are over: nothing will be paid for them. */
  void stop(List<AttemptRef> attempts) {
    for (AttemptRef attempt : attempts) {
      Execution execution = held.remove(attempt);
      if (execution != null) {
        log.info("%s is over, by the market's word; stopped.".formatted(execution.lease()));
        execution.abort();
      }
    }
  }

  /** Their requesters want no more of them, and pay for what there is. */
  void cancel(List<AttemptRef> attempts) {
    for (AttemptRef attempt : attempts) {
      Execution execution = held.get(attempt);
      if (execution != null && !execution.output().isCancelled()) {
        log.info("%s is cancelled; what there is is attested.".formatted(execution.lease()));
        execution.cancel();
      }
    }
  }

  void giveUpLapsed() {
    Instant marketTime = marketClock.now();
    for (Execution execution : those(any -> any.deadline().isBefore(marketTime))) {
      log.warn("%s was not done by its deadline.".formatted(execution.lease()));
      failed++;
      giveUp(execution, HandBack.Reason.FAILED, "It was not done by its deadline.");
    }
  }

  /** The worker stops: what has no slot yet can begin elsewhere at once. */
  void giveUpWaiting() {
    those(execution -> !execution.isInSlot()).forEach(this::leave);
  }

  /** The worker stops, and has waited long enough. */
  void giveUpAll() {
    those(_ -> true).forEach(this::leave);
  }

  /** Without a word to the market, for want of time. */
  void abortAll() {
    held.values().forEach(Execution::abort);
  }

  private List<Execution> those(Predicate<Execution> which) {
    return held.values().stream().filter(which).toList();
  }

  private void leave(Execution execution) {
    giveUp(execution, HandBack.Reason.LEAVING, "The worker stops.");
  }

  private void giveUp(Execution execution, HandBack.Reason reason, String words) {
    held.remove(execution.lease().ref());
    execution.abort();
    handBacks.add(execution.lease().ref(), reason, words);
  }
}
