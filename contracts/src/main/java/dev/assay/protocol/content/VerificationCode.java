package dev.assay.protocol.content;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a result may be checked; the number is {@code method} of everything that is signed. */
public enum VerificationCode {
  EXACT_DIGEST(1),
  TOLERANCE_VECTOR(2),
  LATTICE_DIGEST(3),
  LOGPROB_SPOT(5),
  REDUNDANT_QUORUM(8),
  CANARY(9),
  STRICT_REPLAY(10);

  private final int number;

  VerificationCode(int number) {
    this.number = number;
  }

  /** {@code uint16}. */
  public int number() {
    return number;
  }

  /**
   * @throws IllegalArgumentException for a method that does not exist
   */
  @JsonCreator
  public static VerificationCode parse(String label) {
    return Arrays.stream(values())
        .filter(method -> method.label().equals(label))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "A method of verification is one of %s."
                    .formatted(
                        Arrays.stream(values())
                            .map(VerificationCode::label)
                            .collect(Collectors.joining(", ")))));
  }

  /** For example {@code tolerance-vector}. */
  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
