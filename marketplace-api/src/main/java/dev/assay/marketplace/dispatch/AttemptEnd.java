package dev.assay.marketplace.dispatch;

import dev.assay.protocol.JobId;
import java.time.Instant;
import java.util.Locale;

/** How an attempt ended; there is one for each, and no second. */
public record AttemptEnd(JobId job, int attempt, Reason reason, String because, Instant at) {
  /** Why. */
  public enum Reason {
    /** It had a result that counts. */
    ATTESTED,
    /** No heartbeat came, or no result in time. */
    LAPSED,
    /** The worker gave it back. */
    LEFT,
    /** The worker's model failed on it. */
    FAILED,
    /** The job ended otherwise. */
    WITHDRAWN,
    /** Another attempt, which was live beside it, had a result first. */
    SUPERSEDED;

    /** Whether the worker is not given the job again, and the job counts one more that failed. */
    boolean isFailure() {
      return this == LAPSED || this == FAILED;
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Reason parse(String label) {
      return valueOf(label.toUpperCase(Locale.ROOT));
    }
  }
}
