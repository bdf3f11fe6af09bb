package dev.assay.marketplace.pause;

import java.time.Instant;
import java.util.regex.Pattern;

/**
 * A stop that an operator has put.
 *
 * @param subject the model's digest or the worker's wallet; empty for the market
 * @param reason for everyone whom it concerns
 */
public record Pause(What what, String subject, String reason, Instant since) {
  /** What is stopped. */
  public enum What {
    MARKET("", "There is one market; it has no subject."),
    MODEL("0x[0-9a-f]{64}", "The subject of a model is its digest, 0x and 64 lower-case digits."),
    WORKER("0x[0-9a-f]{40}", "The subject of a worker is its wallet, 0x and 40 lower-case digits.");

    private final Pattern subject;
    private final String subjectInWords;

    What(String subject, String subjectInWords) {
      this.subject = Pattern.compile(subject);
      this.subjectInWords = subjectInWords;
    }

    boolean isSubject(String text) {
      return subject.matcher(text).matches();
    }

    String subjectInWords() {
      return subjectInWords;
    }
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
