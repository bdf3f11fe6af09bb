package dev.assay.protocol.wire;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;

/**
 * A worker gives a lease back: {@code POST /worker/v1/hand-backs}. The job goes to another at once.
 *
 * @param because in words for the requester's match trace, at most {@value #MAX_WORDS} characters;
 *     nothing of the input
 */
public record HandBack(AttemptRef attempt, Reason reason, String because) {
  public static final int MAX_WORDS = 256;

  /** Why. */
  public enum Reason {
    /** The worker stops, pauses or has no room; before the deadline this costs it nothing. */
    LEAVING,
    /** The model or its runtime failed on this input. */
    FAILED;

    @JsonCreator
    public static Reason parse(String label) {
      return Arrays.stream(values())
          .filter(reason -> reason.label().equals(label))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("reason is 'leaving' or 'failed'."));
    }

    @JsonValue
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * @throws IllegalArgumentException if {@code because} is too long
   */
  public HandBack {
    if (because.length() > MAX_WORDS) {
      throw new IllegalArgumentException("because has at most %d characters.".formatted(MAX_WORDS));
    }
  }
}
