package dev.assay.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * Hundredths of a percent: 10,000 are the whole, more are a multiple; at most 65,535, a {@code
 * uint16} of the contracts.
 */
public record BasisPoints(int value) implements Comparable<BasisPoints> {
  public static final BasisPoints ZERO = new BasisPoints(0);
  public static final BasisPoints WHOLE = new BasisPoints(10_000);

  /**
   * @throws IllegalArgumentException outside 0 to 65,535
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public BasisPoints {
    Check.uint16("A number of basis points", value);
  }

  @JsonValue
  @Override
  public int value() {
    return value;
  }

  @Override
  public String toString() {
    return value + " bp";
  }

  @Override
  public int compareTo(BasisPoints other) {
    return Integer.compare(value, other.value);
  }
}
