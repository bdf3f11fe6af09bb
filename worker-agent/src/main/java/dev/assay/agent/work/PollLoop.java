package dev.assay.agent.work;

import dev.assay.agent.market.Market;
import dev.assay.agent.market.PollResult;
import dev.assay.agent.market.Traceparent;
import dev.assay.agent.work.WorkerStatus.State;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.LeaseRequest;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.random.RandomGenerator;

/**
 * Asks the market for work until it is interrupted or the market refuses for good. Says each change
 * once: why it is idle, that the market is away, that it is back.
 */
public final class PollLoop {
  /** A clock further off than this makes deadlines and signatures meaningless. */
  static final Duration TOLERATED_SKEW = Duration.ofSeconds(30);

  /** Polls start no closer than this, should a market answer at once instead of parking them. */
  static final Duration SHORTEST_CYCLE = Duration.ofSeconds(1);

  private static final Logger LOG = Logger.getLogger(PollLoop.class.getName());

  private final Market market;
  private final WorkerHome home;
  private final Clock clock;
  private final RandomGenerator chance;
  private final Pause pause;
  private final Backoff backoff;
  private WorkerStatus status;
  private boolean clockIsOff;
  private boolean statusIsStale;

  /**
   * Who asks, where.
   *
   * @param agentVersion what the agent calls itself
   */
  public record Identity(WalletAddress worker, URI market, String agentVersion, long pid) {}

  /** How a loop ended. */
  public sealed interface Ending {
    /** Somebody asked it to. */
    record Stopped() implements Ending {}

    /**
     * The market will never accept our questions.
     *
     * @param why its reason, as whole sentences
     */
    record Refused(String why) implements Ending {}
  }

  public PollLoop(
      Identity identity,
      Market market,
      WorkerHome home,
      Clock clock,
      RandomGenerator chance,
      Pause pause) {
    this.market = market;
    this.home = home;
    this.clock = clock;
    this.chance = chance;
    this.pause = pause;
    this.backoff = new Backoff(chance);
    this.status =
        WorkerStatus.starting(
            identity.worker(),
            identity.market(),
            identity.agentVersion(),
            identity.pid(),
            clock.instant());
  }

  /** Runs on the calling thread; an interrupt ends it at once, a parked poll included. */
  public Ending run() {
    record(status);
    LOG.info("Asking " + status.market() + " for work as " + status.worker() + ".");
    try {
      while (true) {
        Traceparent trace = Traceparent.startedBy(chance);
        Instant askedAt = clock.instant();
        switch (market.askForWork(question(askedAt), trace)) {
          case PollResult.Idle idle -> {
            stayIdle(idle, trace);
            pause.lasting(restOfCycle(askedAt));
          }
          case PollResult.Deferred deferred -> pause.lasting(waitForMarket(deferred, trace));
          case PollResult.Refused refused -> {
            record(
                status.became(State.REFUSED, refused.why(), clock.instant(), refused.requestId()));
            return new Ending.Refused(refused.why());
          }
        }
      }
    } catch (InterruptedException stop) {
      record(status.became(State.STOPPED, "It was asked to stop.", clock.instant(), null));
      LOG.info("Stopped.");
      return new Ending.Stopped();
    }
  }

  private LeaseRequest question(Instant now) {
    return new LeaseRequest(status.worker(), 1, status.agentVersion(), now);
  }

  private void stayIdle(PollResult.Idle idle, Traceparent trace) {
    Instant now = clock.instant();
    Duration ahead = Duration.between(idle.serverTime(), now);
    if (status.state() == State.WAITING_FOR_MARKET) {
      LOG.log(Level.INFO, "The market answers again.", trace);
    }
    backoff.afterSuccess();
    WorkerStatus next = status.answered(idle.because(), now, idle.requestId(), ahead.toSeconds());
    if (!next.saysTheSameAs(status)) {
      LOG.log(Level.INFO, "Idle: " + idle.because(), trace);
    }
    tellClock(ahead, trace);
    record(next);
  }

  private Duration waitForMarket(PollResult.Deferred deferred, Traceparent trace) {
    Duration wait = backoff.afterFailure(deferred.notBefore());
    LOG.log(
        Level.WARNING,
        "The market at %s gives no work: %s. Next try in %d.%03d s."
            .formatted(status.market(), deferred.why(), wait.toSeconds(), wait.toMillisPart()),
        trace);
    record(
        status.became(
            State.WAITING_FOR_MARKET,
            "The market gives no work: " + deferred.why() + ".",
            clock.instant(),
            deferred.requestId()));
    return wait;
  }

  private void tellClock(Duration ahead, Traceparent trace) {
    boolean isOff = ahead.abs().compareTo(TOLERATED_SKEW) > 0;
    if (isOff && !clockIsOff) {
      LOG.log(
          Level.WARNING,
          "This machine's clock is %d s %s the market's; set it by NTP, or deadlines will be missed."
              .formatted(ahead.abs().toSeconds(), ahead.isNegative() ? "behind" : "ahead of"),
          trace);
    } else if (!isOff && clockIsOff) {
      LOG.log(Level.INFO, "This machine's clock agrees with the market's again.", trace);
    }
    clockIsOff = isOff;
  }

  private Duration restOfCycle(Instant askedAt) {
    Duration rest = SHORTEST_CYCLE.minus(Duration.between(askedAt, clock.instant()));
    if (rest.isNegative()) {
      return Duration.ZERO;
    }
    // A clock that was set back meanwhile must not make us wait for it.
    return rest.compareTo(SHORTEST_CYCLE) > 0 ? SHORTEST_CYCLE : rest;
  }

  /** A home that cannot be written costs the provider its status, not its work. */
  private void record(WorkerStatus next) {
    status = next;
    try {
      home.write(next);
      statusIsStale = false;
    } catch (IOException e) {
      if (!statusIsStale && !Thread.currentThread().isInterrupted()) {
        LOG.warning(
            "The status cannot be written to "
                + home.directory()
                + " ("
                + e
                + "); polling goes on.");
      }
      statusIsStale = true;
    }
  }
}
