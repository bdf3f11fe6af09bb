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

  /** Of a market that is far away, or has much to do. */
  private static final Duration LONGEST_AHEAD = Duration.ofSeconds(1);

  /**
   * Asking takes about as long as sending results, and begins when half of what is held is done.
   */
  private static final int ANSWERS_AHEAD = 3;

  /** No lease waits longer for a slot: it could begin elsewhere at once. */
  private static final Duration LONGEST_READY = Duration.ofSeconds(2);

  /** Where no lease says how often. */
  private static final int USUAL_HEARTBEAT_SECONDS = 10;

  private final Catalogue catalogue;
  private final int slots;
  private final int mostHeld;
  private final Readiness readiness;
  private final SignOnceTable signed;
  private final MarketClock marketClock;
  private final JobRunner runner;
  private final HandBacks handBacks;
  private final Log log;

  private final Map<AttemptRef, Execution> held = new LinkedHashMap<>();

  /** Nanoseconds that a job takes here, the last ones counting most; 0 before the first is done. */
  private long typical;

  /** Nanoseconds that the market takes to answer; 0 before its first answer. */
  private long answer;

  private long failed;

  Leases(
      Catalogue catalogue,
      int slots,
      Readiness readiness,
      SignOnceTable signed,
      MarketClock marketClock,
      JobRunner runner,
      HandBacks handBacks,
      Log log) {
    this.catalogue = catalogue;
    this.slots = slots;
    this.mostHeld = catalogue.mostHeld(slots);
    this.readiness = readiness;
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

  /** The market has taken results, in so long. */
  void marketTook(Duration duration) {
    answer = average(answer, duration.toNanos());
  }

  /** The last ones count most. */
  private static long average(long before, long last) {
    return before == 0 ? last : (before + last) / 2;
  }

  /**
   * How many more leases would not wait longer than it takes to have others; behind a chat, none.
   */
  int room() {
    return most() - held.size();
  }

  /**
   * Whether to ask for as many: when half of what was held is done, and not after each job, since a
   * question costs the same whatever it brings. A slot that is free does not wait for that.
   */
  boolean wantMore() {
    return held.size() < slots || 2 * held.size() <= most();
  }

  /** Whether another begins as soon as one is done. */
  boolean areWaiting() {
    return held.values().stream().anyMatch(execution -> !execution.isInSlot());
  }

  private int most() {
    boolean isSlow = typical == 0 || held.values().stream().anyMatch(Execution::isChat);
    long time = Math.clamp(ANSWERS_AHEAD * answer, AHEAD.toNanos(), LONGEST_AHEAD.toNanos());
    long ahead = isSlow ? 0 : slots * time / typical;
    return (int) Math.min(slots + ahead, mostHeld);
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
          Undisturbed.get(
              () -> LeaseCheck.of(lease, now.worker(), catalogue, signed, marketClock.now()));
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
    held.put(lease.ref(), new Execution(lease, entry.backend(), marketClock.now()));
  }

  /** Gives the free slots to the leases that were held first. */
  void fillSlots(Session now) {
    held.values().stream()
        .filter(execution -> !execution.isInSlot() && !readiness.isSuspect(execution.backend()))
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
        typical = average(typical, finished.took().toNanos());
        if (isHeld) {
          held.remove(execution.lease().ref());
          return Optional.of(finished.result());
        }
      }
      case Outcome.Failed(_, String words) -> {
        if (isHeld) {
          log.warn("%s failed: %s".formatted(execution.lease(), words));
          readiness.suspect(execution.backend());
          failed++;
          giveUp(execution, HandBack.Reason.FAILED, words);
        }
      }
      case Outcome.Interrupted interrupted -> {
        if (isHeld) {
          giveUp(
              execution, HandBack.Reason.LEAVING, "It was cancelled before it had said anything.");
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

  /** What cannot be begun can elsewhere. */
  void giveUpUnready() {
    for (Execution execution :
        those(any ->
            !any.isInSlot() && !readiness.isReady(any.backend(), any.lease().modelDigest()))) {
      giveUp(execution, HandBack.Reason.LEAVING, "The worker does not run the model now.");
    }
  }

  /** What is under way takes longer than was learnt, so that others wait behind it. */
  boolean areHeldUp() {
    return held.values().stream().anyMatch(this::isHeldUp);
  }

  /** What waits too long is handed back, and nothing is held ready until a job is done. */
  void giveUpHeldUp() {
    for (Execution execution : those(this::isHeldUp)) {
      typical = 0;
      giveUp(execution, HandBack.Reason.LEAVING, "What the worker began before it takes long.");
    }
  }

  private boolean isHeldUp(Execution execution) {
    return !execution.isInSlot()
        && execution.heldSince().isBefore(marketClock.now().minus(LONGEST_READY));
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
