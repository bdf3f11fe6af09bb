package dev.assay.agent.work;

import dev.assay.agent.market.ForeignText;
import dev.assay.agent.market.Traceparent;
import dev.assay.agent.work.WorkerStatus.Counts;
import dev.assay.agent.work.WorkerStatus.State;
import dev.assay.agent.work.WorkerStatus.Verdicts;
import dev.assay.protocol.WalletAddress;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells the owner what the worker does and why it does nothing else: in the status file, and in a
 * line of the log when that changes. It decides nothing.
 */
final class Reporter {
  private static final Duration STATUS_AT_LEAST = Duration.ofSeconds(10);

  /** A file that is replaced for each of a hundred jobs a second slows them. */
  private static final Duration STATUS_AT_MOST = Duration.ofMillis(500);

  private static final int MOST_REASONS = 32;

  private final WorkLoop.Plan plan;
  private final WorkerHome home;
  private final Clock clock;
  private final MarketClock marketClock;
  private final Log log;

  private @Nullable String marketTrouble;
  private @Nullable String idleBecause;
  private Map<String, Integer> skipped = Map.of();
  private List<String> offers = List.of();
  private @Nullable WalletAddress worker;
  private @Nullable Verdicts verdicts;
  private long pollsAnswered;
  private @Nullable String lastRequestId;
  private boolean isOutdated;

  private WorkerStatus status;
  private long writtenAt;
  private boolean isStale;

  /**
   * What the worker has in hand, and how what it had ended.
   *
   * @param held leases, those in slots among them
   */
  record Attempts(int held, int inSlots, Counts counts) {}

  Reporter(
      WorkLoop.Plan plan,
      WalletAddress sessionKey,
      WorkerHome home,
      Clock clock,
      MarketClock marketClock,
      Log log) {
    this.plan = plan;
    this.home = home;
    this.clock = clock;
    this.marketClock = marketClock;
    this.log = log;
    this.verdicts = plan.verifies() ? Verdicts.NONE : null;
    this.status =
        WorkerStatus.starting(
            sessionKey,
            plan.market(),
            plan.agentVersion(),
            plan.pid(),
            plan.concurrency(),
            clock.instant());
  }

  /** Before there is anything to tell. */
  void starting() {
    write(status);
  }

  /** The market's name for an exchange; null if it gave none. */
  void exchanged(@Nullable String requestId) {
    lastRequestId = requestId == null ? lastRequestId : requestId;
  }

  /**
   * @param before the session that it replaces; null if there was none
   */
  void signedIn(Session now, @Nullable Session before) {
    if (before == null || !before.worker().equals(now.worker())) {
      log.info("Signed in; works for %s.".formatted(now.worker()));
    }
    worker = now.worker();
  }

  /**
   * @param here what runs here, none of which the market knows
   */
  void sellsNothing(List<String> here) {
    log.warn("The market knows none of the models that run here, %s.".formatted(here));
  }

  void offered(List<String> names) {
    offers = names;
    log.info("Offers %s.".formatted(names));
  }

  /**
   * @param others open jobs that the worker was not given, counted by reason
   */
  void polled(Map<String, Integer> others) {
    pollsAnswered++;
    skipped = bounded(others);
  }

  /** Since the start of the process. */
  long pollsAnswered() {
    return pollsAnswered;
  }

  void idles(String because, Traceparent trace) {
    if (!because.equals(idleBecause)) {
      log.say(Log.Level.INFO, "Idle: " + because, trace);
    }
    idleBecause = because;
  }

  void hasWork() {
    idleBecause = null;
  }

  void marketAnswers() {
    if (marketTrouble != null) {
      log.info("The market answers again.");
    }
    marketTrouble = null;
  }

  /**
   * @param wait until the next try
   */
  void marketIsAway(String why, Duration wait, @Nullable Traceparent trace) {
    String sentence = why.endsWith(".") ? why : why + ".";
    log.say(
        Log.Level.WARN,
        "The market at %s gives no work: %s Next try in %d.%03d s."
            .formatted(plan.market(), sentence, wait.toSeconds(), wait.toMillisPart()),
        trace);
    marketTrouble = "The market gives no work: " + sentence;
  }

  /**
   * @param version the oldest agent that the market gives leases to; empty if it takes any
   */
  void marketWants(String version) {
    if (!isOutdated && AgentVersion.isOlder(plan.agentVersion(), version)) {
      isOutdated = true;
      log.warn(
          "The market gives no leases to agents older than %s; this is %s. Update it."
              .formatted(ForeignText.oneLine(version), plan.agentVersion()));
    }
  }

  void judged(VerdictPost.Judged judged) {
    judged
        .signed()
        .forEach(verdict ->
            log.info(
                "Signed as a member of a committee that the result %s is invalid."
                    .formatted(verdict.attestation())));
    judged.declined().forEach(why -> log.warn("A verdict is not signed: " + why));
    Verdicts before = verdicts;
    if (before != null) {
      verdicts =
          new Verdicts(
              before.signed() + judged.signed().size(),
              before.declined() + judged.declined().size());
    }
  }

  /**
   * @param drainBecause why it takes no more until it stops; null if it does not drain
   * @param objections why it takes nothing for now
   */
  void tell(@Nullable String drainBecause, List<String> objections, Attempts attempts) {
    if (drainBecause != null) {
      become(State.DRAINING, drainBecause, attempts);
    } else if (!objections.isEmpty()) {
      become(State.PAUSED, String.join(" ", objections), attempts);
    } else if (attempts.held() > 0) {
      become(
          State.WORKING,
          attempts.inSlots() + " of " + plan.concurrency() + " slots run a job.",
          attempts);
    } else if (marketTrouble != null) {
      become(State.WAITING_FOR_MARKET, marketTrouble, attempts);
    } else if (idleBecause != null) {
      become(State.IDLE, idleBecause, attempts);
    } else if (pollsAnswered > 0) {
      become(State.IDLE, "It asks for work.", attempts); // whose answer may be parked for long
    }
  }

  /** Writes the file if it would say something new, or nothing for too long. */
  void become(State state, String because, Attempts attempts) {
    boolean isSoon = System.nanoTime() - writtenAt < STATUS_AT_MOST.toNanos();
    boolean isRoutine = state == State.WORKING || state == State.IDLE;
    if (isSoon && isRoutine && status.state() != State.STARTING) {
      return; // told within a tick
    }
    Instant now = clock.instant();
    boolean isSame = status.state() == state && status.because().equals(because);
    Duration ahead = marketClock.ahead();
    WorkerStatus next =
        new WorkerStatus(
            worker,
            status.sessionKey(),
            plan.market(),
            plan.agentVersion(),
            plan.pid(),
            state,
            because,
            isSame ? status.since() : now,
            now,
            pollsAnswered,
            offers,
            plan.concurrency(),
            attempts.inSlots(),
            attempts.counts(),
            verdicts,
            skipped,
            lastRequestId,
            ahead == null ? null : ahead.toSeconds());
    if (!next.saysTheSameAs(status) || !now.isBefore(status.asOf().plus(STATUS_AT_LEAST))) {
      write(next);
    }
  }

  /** A home that cannot be written costs the provider its status, not its work. */
  private void write(WorkerStatus next) {
    status = next;
    writtenAt = System.nanoTime();
    try {
      home.write(next);
      isStale = false;
    } catch (IOException e) {
      if (!isStale) {
        log.warn(
            "The status cannot be written to " + home.directory() + " (" + e + "); work goes on.");
      }
      isStale = true;
    }
  }

  private static Map<String, Integer> bounded(Map<String, Integer> counted) {
    Map<String, Integer> bounded = new LinkedHashMap<>();
    counted.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .limit(MOST_REASONS)
        .forEach(entry -> bounded.put(ForeignText.oneLine(entry.getKey()), entry.getValue()));
    return bounded;
  }
}
