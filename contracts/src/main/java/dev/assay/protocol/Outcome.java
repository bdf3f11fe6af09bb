package dev.assay.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** What a verifier found, with its number in a {@link Verdict}. */
public enum Outcome {
  VALID(1),
  INVALID(2),
  /** Drawn again; counted neither way. */
  INCONCLUSIVE(3);

  private final int number;

  Outcome(int number) {
    this.number = number;
  }

  /**
   * @throws IllegalArgumentException outside 1 to 3
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static Outcome of(int number) {
    Check.range("outcome", number, 1, 3);
    return values()[number - 1];
  }

  @JsonValue
  public int number() {
    return number;
  }
}
