package dev.assay.agent.market;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryAfterTests {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | 0",
        " 12 | 12",
        "301 | 300",
        "999999999 | 300",
        "99999999999999999999 | 0",
        "-1 | 0",
        "1.5 | 0",
        "'' | 0",
        "١٢ | 0",
        "Mon, 23 Nov 2026 12:00:30 GMT | 30",
        "Mon, 23 Nov 2026 11:00:00 GMT | 0",
        "Mon, 23 Nov 2099 12:00:00 GMT | 300",
        "Tue, 23 Nov 2026 12:00:30 GMT | 0",
      })
  void what_is_not_understood_is_no_wait_and_none_is_long(String header, long seconds) {
    assertThat(RetryAfter.parse(header, NOON)).isEqualTo(Duration.ofSeconds(seconds));
  }
}
