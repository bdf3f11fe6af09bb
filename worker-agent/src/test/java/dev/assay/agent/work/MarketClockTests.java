package dev.assay.agent.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.agent.market.Traceparent;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MarketClockTests {
  private static final Traceparent TRACE = new Traceparent("1".repeat(32), "2".repeat(16));

  private final List<String> said = new ArrayList<>();
  private Instant ours = Samples.NOON;
  private final InstantSource time = () -> ours;
  private final MarketClock clock =
      new MarketClock(time.withZone(ZoneOffset.UTC), (level, message, _) -> said.add(message));

  @Test
  void it_is_ours_until_the_market_has_said_its_own() {
    assertThat(clock.now()).isEqualTo(Samples.NOON);
    assertThat(clock.ahead()).isNull();

    clock.heard(Samples.NOON.minusSeconds(20), TRACE);

    assertThat(clock.now()).isEqualTo(Samples.NOON.minusSeconds(20));
    assertThat(clock.ahead()).isEqualTo(Duration.ofSeconds(20));
    assertThat(said).isEmpty();
  }

  @Test
  void a_clock_that_is_too_far_off_is_told_of_once_and_when_it_agrees_again() {
    clock.heard(Samples.NOON.plusSeconds(31), TRACE);
    clock.heard(Samples.NOON.plusSeconds(40), TRACE);
    clock.heard(Samples.NOON.plusSeconds(30), TRACE);
    clock.heard(Samples.NOON.minusSeconds(31), TRACE);

    assertThat(said)
        .containsExactly(
            "This machine's clock is 31 s behind the market's; set it by NTP, or deadlines will be"
                + " missed.",
            "This machine's clock agrees with the market's again.",
            "This machine's clock is 31 s ahead of the market's; set it by NTP, or deadlines will"
                + " be missed.");
  }

  @Test
  void a_clock_that_is_set_changes_nothing_and_the_market_corrects_it() {
    clock.heard(Samples.NOON, TRACE);
    for (Duration step : List.of(Duration.ofHours(1), Duration.ofHours(-1))) {
      ours = Samples.NOON.plus(step);

      assertThat(clock.now()).isBetween(Samples.NOON, Samples.NOON.plusSeconds(60));
    }

    clock.heard(Samples.NOON.plusSeconds(70), null);

    assertThat(clock.now()).isEqualTo(Samples.NOON.plusSeconds(70));
    ours = ours.plusSeconds(4); // a difference that is none of a clock that was set
    assertThat(clock.now()).isEqualTo(Samples.NOON.plusSeconds(74));
  }
}
