package dev.assay.protocol.content;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.TokenAmount;
import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What is computed in 64 bits where that is enough is what whole numbers of any size say. */
class PriceArithmeticTests {
  private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

  private final SplittableRandom chance = new SplittableRandom(7);

  /** Of any magnitude, and often at the ends. */
  private long upTo(long most) {
    long number = chance.nextLong(most) >>> chance.nextInt(63);
    return switch (chance.nextInt(8)) {
      case 0 -> 0;
      case 1 -> most;
      default -> number;
    };
  }

  @Test
  void prices_are_rounded_up_at_every_magnitude() {
    for (int i = 0; i < 20_000; i++) {
      long perMillion = upTo(1_000_000_000_000_000L);
      long units = upTo(1_000_000_000L);
      BigInteger exact = BigInteger.valueOf(perMillion).multiply(BigInteger.valueOf(units));
      BigInteger[] divided = exact.divideAndRemainder(MILLION);

      assertThat(new UnitPrice(TokenAmount.of(perMillion)).of(units).toBigInteger())
          .isEqualTo(divided[0].add(BigInteger.valueOf(divided[1].signum())));
    }
  }

  @Test
  void shares_are_rounded_down_at_every_magnitude() {
    for (int i = 0; i < 20_000; i++) {
      long bits = chance.nextLong() >>> chance.nextInt(64);
      var amount = TokenAmount.of(new BigInteger(Long.toUnsignedString(bits)));
      var part = new BasisPoints(chance.nextInt(10_001));

      assertThat(amount.share(part).toBigInteger())
          .isEqualTo(
              amount
                  .toBigInteger()
                  .multiply(BigInteger.valueOf(part.value()))
                  .divide(BigInteger.valueOf(10_000)));
    }
  }
}
