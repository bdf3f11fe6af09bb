package dev.assay.marketplace.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class RateLimitsTests {
  private final StandingClock clock = new StandingClock();
  private final RateLimits limits = new RateLimits(settings(100), clock);

  @Test
  void as_many_may_come_at_once_as_in_a_minute_and_then_one_by_one() {
    for (int left = 2; left >= 0; left--) {
      var allowance = limits.take("a", 3);
      assertThat(allowance.isWithin()).isTrue();
      assertThat(allowance.remaining()).isEqualTo(left);
      assertThat(allowance.untilNext()).isZero();
    }
    var refused = limits.take("a", 3);
    assertThat(refused.isWithin()).isFalse();
    assertThat(refused.remaining()).isZero();
    assertThat(refused.untilNext()).isEqualTo(Duration.ofSeconds(20));
    assertThat(refused.untilFull()).isEqualTo(Duration.ofSeconds(60));

    clock.now = clock.now.plusSeconds(20);

    assertThat(limits.take("a", 3).isWithin()).isTrue();
    assertThat(limits.take("a", 3).isWithin()).isFalse();
  }

  @Test
  void who_is_refused_does_not_wait_longer_for_having_asked() {
    for (int i = 0; i < 1_000; i++) {
      limits.take("a", 3);
    }

    assertThat(limits.take("a", 3).untilNext()).isEqualTo(Duration.ofSeconds(20));
  }

  @Test
  void one_does_not_pay_for_another() {
    for (int i = 0; i < 10; i++) {
      limits.take("a", 3);
    }

    assertThat(limits.take("b", 3).remaining()).isEqualTo(2);
  }

  @Test
  void to_look_takes_nothing() {
    for (int i = 0; i < 10; i++) {
      assertThat(limits.look("a", 1).isWithin()).isTrue();
    }
    assertThat(limits.take("a", 1).isWithin()).isTrue();
    assertThat(limits.look("a", 1).isWithin()).isFalse();
  }

  @Test
  void a_clock_that_is_set_back_makes_nobody_wait_for_it() {
    limits.take("a", 1);
    clock.now = clock.now.minusSeconds(86_400);

    assertThat(limits.take("a", 1).isWithin()).isTrue();
    assertThat(limits.take("a", 1).isWithin()).isFalse();
  }

  @Test
  void memory_stays_bounded_however_many_ask() {
    for (int i = 0; i < 10_000; i++) {
      limits.take(i, 3);
    }

    assertThat(limits.count()).isLessThanOrEqualTo(100);
  }

  static IdentitySettings settings(long remembered) {
    return new IdentitySettings(
        List.of(URI.create(TestWallet.ORIGIN)),
        List.of(),
        "",
        new IdentitySettings.Nonces(Duration.ofMinutes(10), 10),
        new IdentitySettings.Sessions(Duration.ofHours(1), Duration.ofHours(12), 16, remembered),
        new IdentitySettings.Keys(100),
        new IdentitySettings.Rates(600, 60, 6000, 60000, remembered));
  }

  private static final class StandingClock extends Clock {
    private Instant now = Instant.parse("2026-11-23T12:00:00Z");

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
