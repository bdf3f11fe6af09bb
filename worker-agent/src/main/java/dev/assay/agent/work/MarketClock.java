package dev.assay.agent.work;

import dev.assay.agent.market.Traceparent;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** This machine's clock beside the market's: all deadlines are by the market's. */
public final class MarketClock {
  /** A clock further off than this makes deadlines and signatures meaningless. */
  public static final Duration TOLERATED_SKEW = Duration.ofSeconds(30);

  /** No clock runs off by so much between two answers: somebody has set it. */
  private static final Duration LARGEST_DRIFT = Duration.ofSeconds(5);

  private final Clock clock;
  private final Log log;
  private @Nullable Heard heard;
  private boolean isOff;

  /**
   * What the market said.
   *
   * @param ahead ours minus the market's
   * @param nanos when, in the time of {@link System#nanoTime}
   */
  private record Heard(Instant marketTime, Duration ahead, long nanos) {}

  MarketClock(Clock clock, Log log) {
    this.clock = clock;
    this.log = log;
  }

  /**
   * The market's time; until it has said it, ours. If this machine's clock is set, what has passed
   * since the market was heard counts until it is heard again.
   */
  Instant now() {
    Instant ours = clock.instant();
    Heard last = heard;
    if (last == null) {
      return ours;
    }
    Instant byClock = ours.minus(last.ahead);
    Instant byTimePassed = last.marketTime.plusNanos(System.nanoTime() - last.nanos);
    Duration drift = Duration.between(byTimePassed, byClock).abs();
    return drift.compareTo(LARGEST_DRIFT) > 0 ? byTimePassed : byClock;
  }

  /** Ours minus the market's; null before its first answer. */
  @Nullable Duration ahead() {
    Heard last = heard;
    return last == null ? null : last.ahead;
  }

  /**
   * The market has said what time it is.
   *
   * @param trace of the exchange; null if it has none
   */
  void heard(Instant marketTime, @Nullable Traceparent trace) {
    Duration difference = Duration.between(marketTime, clock.instant());
    boolean isTooMuch = difference.abs().compareTo(TOLERATED_SKEW) > 0;
    if (isTooMuch && !isOff) {
      log.say(
          Log.Level.WARN,
          "This machine's clock is %d s %s the market's; set it by NTP, or deadlines will be missed."
              .formatted(
                  difference.abs().toSeconds(), difference.isNegative() ? "behind" : "ahead of"),
          trace);
    } else if (!isTooMuch && isOff) {
      log.say(Log.Level.INFO, "This machine's clock agrees with the market's again.", trace);
    }
    isOff = isTooMuch;
    heard = new Heard(marketTime, difference, System.nanoTime());
  }
}
