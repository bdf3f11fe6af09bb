package dev.assay.marketplace.audit;

import dev.assay.protocol.JobId;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;

/** How the check of a result ended; there is one for each result, and no second. */
record CheckEnd(JobId job, int attempt, Reason reason, Instant at) {
  /** Why it is paid, or not. */
  enum Reason {
    /** The draw passed it by. */
    NOT_DRAWN,
    /** A verifier found the same. */
    PASSED,
    /** A verifier found otherwise and the committee did not agree with it. */
    UPHELD,
    /** It was drawn and could not be checked: too few could, or nothing could be said. */
    UNCHECKED,
    /** The committee found it invalid. */
    INVALID,
    /** Of a strict job, whose replay has not confirmed it; no committee found it invalid. */
    UNCONFIRMED;

    /** Whether the worker is paid; else the requester has its money back. */
    boolean isCleared() {
      return this != INVALID && this != UNCONFIRMED;
    }

    /** For example {@code not-drawn}. */
    String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Reason parse(String label) {
      return Arrays.stream(values())
          .filter(reason -> reason.label().equals(label))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("A check ended '%s'".formatted(label)));
    }
  }

  /** {@code cleared} or {@code rejected}. */
  String outcome() {
    return reason.isCleared() ? "cleared" : "rejected";
  }
}
