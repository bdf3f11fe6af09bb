package dev.assay.marketplace.pause;

import java.time.Instant;
import java.util.regex.Pattern;

/**
 * A stop that an operator has put.
 *
 * @param subject the model's digest or the worker's wallet; of settlement {@value #OWN} if it was
 *     put at settlement's own machine; else empty
 * @param isDrain whether what is there already is finished
 * @param reason for everyone whom it concerns
 */
public record Pause(What what, String subject, boolean isDrain, String reason, Instant since) {
  /** Where alone such a stop can be taken back. */
  public static final String OWN = "own";

  /** What is stopped. */
  public enum What {
    MARKET("", "There is one market; it has no subject."),
    SETTLEMENT("", "There is one settlement; it has no subject."),
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
    String verb = isDrain ? "draining" : "paused";
    return switch (what) {
      case MARKET -> "The market is %s: %s".formatted(verb, reason);
      case SETTLEMENT -> "Payments are paused: " + reason;
      case MODEL -> "The model is %s: %s".formatted(verb, reason);
      case WORKER -> "The worker is %s: %s".formatted(verb, reason);
    };
  }

  /** Whether jobs that wait are not given to workers. A worker that is drained is given none. */
  boolean holdsLeases() {
    return !isDrain || what == What.WORKER;
  }
}
