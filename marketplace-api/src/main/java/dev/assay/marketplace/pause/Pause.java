package dev.assay.marketplace.pause;

import java.time.Instant;

/**
 * A stop that an operator has put.
 *
 * @param subject the model's digest or the worker's wallet; empty for the market
 * @param reason for everyone whom it concerns
 */
public record Pause(What what, String subject, String reason, Instant since) {
  /** What is stopped. */
  public enum What {
    MARKET,
    MODEL,
    WORKER
  }

  /** For whoever is refused. */
  public String words() {
    return switch (what) {
      case MARKET -> "The market is paused: " + reason;
      case MODEL -> "The model is paused: " + reason;
      case WORKER -> "The worker is paused: " + reason;
    };
  }
}
