package dev.assay.settlement.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class MissingReceiptTests {
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Instant START = Instant.parse("2026-11-26T12:00:00Z");

  private final MissingReceipt missing = new MissingReceipt();

  @Test
  void a_node_that_shows_it_a_moment_later_raises_no_alarm() {
    assertThat(missing.isMissingFor(MINUTE, 7, START)).isFalse();
    assertThat(missing.isMissingFor(MINUTE, 7, START.plusSeconds(60))).isFalse();
    assertThat(missing.hasCome(7)).isTrue();
    assertThat(missing.hasCome(7)).isFalse();
    assertThat(missing.isMissingFor(MINUTE, 7, START.plusSeconds(61))).isFalse();
  }

  @Test
  void what_stays_missing_is_anothers() {
    assertThat(missing.isMissingFor(MINUTE, 7, START)).isFalse();
    assertThat(missing.isMissingFor(MINUTE, 7, START.plusSeconds(61))).isTrue();
  }

  @Test
  void each_nonce_has_its_own_time() {
    assertThat(missing.isMissingFor(MINUTE, 7, START)).isFalse();
    assertThat(missing.isMissingFor(MINUTE, 8, START.plusSeconds(61))).isFalse();
    assertThat(missing.hasCome(7)).isFalse();
  }
}
