package dev.assay.agent.work;

import dev.assay.agent.market.Traceparent;
import org.jspecify.annotations.Nullable;

/** What the worker tells whoever runs it: one event, one line. */
@FunctionalInterface
public interface Log {
  /** How much an event matters. */
  enum Level {
    /** Part of a worker's life. */
    INFO,
    /** Heals itself, or wants a look when there is time. */
    WARN
  }

  /**
   * @param trace the exchange with the market that the event belongs to; null if to none
   */
  void say(Level level, String message, @Nullable Traceparent trace);

  default void info(String message) {
    say(Level.INFO, message, null);
  }

  default void warn(String message) {
    say(Level.WARN, message, null);
  }
}
