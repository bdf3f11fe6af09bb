package dev.assay.protocol.content;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.protocol.TokenAmount;
import java.math.BigInteger;

/**
 * What a million units (tokens) cost.
 *
 * @param perMillion atomic units of the market's token; at 6 decimals, 20,000 are two cents for a
 *     million tokens
 */
public record UnitPrice(TokenAmount perMillion) implements Comparable<UnitPrice> {
  /** Far above any market, and low enough that no job's price leaves the range of amounts. */
  public static final TokenAmount MAX_PER_MILLION = TokenAmount.of(1_000_000_000_000_000L);

  // After the limit, which its constructor asks for.
  public static final UnitPrice FREE = new UnitPrice(TokenAmount.ZERO);

  private static final long MILLION_UNITS = 1_000_000;
  private static final BigInteger MILLION = BigInteger.valueOf(MILLION_UNITS);

  /**
   * @throws IllegalArgumentException above {@link #MAX_PER_MILLION}
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public UnitPrice {
    if (perMillion.compareTo(MAX_PER_MILLION) > 0) {
      throw new IllegalArgumentException(
          "A price for a million units is at most %s atomic units.".formatted(MAX_PER_MILLION));
    }
  }

  /**
   * Rounded up to a whole atomic unit, in the worker's favour: else small jobs were free.
   *
   * @param units not negative
   * @throws IllegalArgumentException if it is above what an amount can be
   */
  public TokenAmount of(long units) {
    long price = perMillion.bits(); // within its limit, so no sign
    if (units >= 0 && units < Long.MAX_VALUE / (price + MILLION_UNITS)) {
      return TokenAmount.of((price * units + MILLION_UNITS - 1) / MILLION_UNITS);
    }
    BigInteger exact = perMillion.toBigInteger().multiply(BigInteger.valueOf(units));
    return TokenAmount.of(exact.add(MILLION).subtract(BigInteger.ONE).divide(MILLION));
  }

  @JsonValue
  @Override
  public TokenAmount perMillion() {
    return perMillion;
  }

  @Override
  public int compareTo(UnitPrice other) {
    return perMillion.compareTo(other.perMillion);
  }
}
