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

  private final Clock clock;
  private final Log log;
  private @Nullable Duration ahead;
  private boolean isOff;

  MarketClock(Clock clock, Log log) {
    this.clock = clock;
    this.log = log;
  }

  /** The market's time; until it has said it, ours. */
  Instant now() {
    Duration known = ahead;
    return known == null ? clock.instant() : clock.instant().minus(known);
  }

  /** Ours minus the market's; null before its first answer. */
  @Nullable Duration ahead() {
    return ahead;
  }

  /** The market has said what time it is. */
  void heard(Instant marketTime, Traceparent trace) {
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
    ahead = difference;
  }
}
