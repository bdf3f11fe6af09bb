package dev.assay.marketplace.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.BasisPoints;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlagRateTests {
  /** Wilson's interval as tables have it, rounded outwards. */
  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, 10000",
    "1, 0, 0, 7935",
    "1, 1, 2065, 10000",
    "100, 0, 0, 370",
    "100, 5, 215, 1118",
    "1000, 500, 4690, 5310",
    "100, 100, 9630, 10000"
  })
  void the_bounds_hold_the_rate_and_narrow_with_each_audit(
      long audits, long failures, int atLeast, int atMost) {
    assertThat(FlagRate.of(audits, failures))
        .isEqualTo(
            new FlagRate(audits, failures, new BasisPoints(atLeast), new BasisPoints(atMost)));
  }
}
