package dev.assay.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigInteger;
import java.util.regex.Pattern;

/**
 * An amount of the market's token, in atomic units (10⁻⁶ of a dollar for a token of 6 decimals): 0
 * to 2⁶⁴ − 1, which is what the contracts hold. As text and in JSON a decimal string, because many
 * readers of JSON round large numbers (RFC 8785).
 *
 * <p>All arithmetic is exact. What would leave the range is an {@link ArithmeticException}.
 */
public final class TokenAmount implements Comparable<TokenAmount> {
  public static final TokenAmount ZERO = new TokenAmount(0);

  /** 2⁶⁴ − 1 atomic units. */
  public static final TokenAmount MAX = new TokenAmount(-1);

  private static final Pattern DECIMAL = Pattern.compile("0|[1-9][0-9]{0,19}");
  private static final BigInteger MAX_UNITS = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

  /** All 64 bits, none of them a sign. */
  private final long units;

  private TokenAmount(long units) {
    this.units = units;
  }

  /**
   * @throws IllegalArgumentException if {@code units} is negative
   */
  public static TokenAmount of(long units) {
    if (units < 0) {
      throw outOfRange(units);
    }
    return new TokenAmount(units);
  }

  /**
   * @throws IllegalArgumentException outside 0 to 2⁶⁴ − 1
   */
  public static TokenAmount of(BigInteger units) {
    if (units.signum() < 0 || units.compareTo(MAX_UNITS) > 0) {
      throw outOfRange(units);
    }
    return new TokenAmount(units.longValue());
  }

  /**
   * @param text decimal digits without sign, leading zeros, separators or exponent
   * @throws IllegalArgumentException for anything else, and above 2⁶⁴ − 1
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static TokenAmount parse(String text) {
    if (!DECIMAL.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "An amount is a decimal string of atomic units, without sign or leading zeros.");
    }
    return of(new BigInteger(text));
  }

  public TokenAmount plus(TokenAmount other) {
    long sum = units + other.units;
    if (Long.compareUnsigned(sum, units) < 0) {
      throw overflow(this + " + " + other);
    }
    return new TokenAmount(sum);
  }

  /** What is left; never negative. */
  public TokenAmount minus(TokenAmount other) {
    if (compareTo(other) < 0) {
      throw new ArithmeticException("%s − %s is less than nothing.".formatted(this, other));
    }
    return new TokenAmount(units - other.units);
  }

  /**
   * @throws ArithmeticException if the product is above 2⁶⁴ − 1
   */
  public TokenAmount times(long count) {
    Check.range("A multiplier", count, 0, Long.MAX_VALUE);
    if (Math.unsignedMultiplyHigh(units, count) != 0) {
      throw overflow(this + " × " + count);
    }
    return new TokenAmount(units * count);
  }

  /**
   * Rounded down, as the contracts round; the remainder stays with whom the share is taken from.
   */
  public TokenAmount share(BasisPoints part) {
    if (Math.unsignedMultiplyHigh(units, part.value()) == 0) {
      return new TokenAmount(Long.divideUnsigned(units * part.value(), BasisPoints.WHOLE.value()));
    }
    BigInteger exact = toBigInteger().multiply(BigInteger.valueOf(part.value()));
    BigInteger share = exact.divide(BigInteger.valueOf(BasisPoints.WHOLE.value()));
    if (share.compareTo(MAX_UNITS) > 0) {
      throw overflow("%s of %s".formatted(part, this));
    }
    return new TokenAmount(share.longValue());
  }

  public TokenAmount min(TokenAmount other) {
    return compareTo(other) <= 0 ? this : other;
  }

  public boolean isZero() {
    return units == 0;
  }

  public BigInteger toBigInteger() {
    return units >= 0 ? BigInteger.valueOf(units) : new BigInteger(toString());
  }

  /** Eight bytes without a sign: negative above 2⁶³ − 1. */
  public long bits() {
    return units;
  }

  @JsonValue
  @Override
  public String toString() {
    return Long.toUnsignedString(units);
  }

  @Override
  public int compareTo(TokenAmount other) {
    return Long.compareUnsigned(units, other.units);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenAmount amount && units == amount.units;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(units);
  }

  private static IllegalArgumentException outOfRange(Number units) {
    return new IllegalArgumentException(
        "An amount is 0 to %s atomic units, not %s.".formatted(MAX, units));
  }

  private static ArithmeticException overflow(String term) {
    return new ArithmeticException("%s is above %s atomic units.".formatted(term, MAX));
  }
}
