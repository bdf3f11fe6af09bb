package dev.assay.marketplace.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When an epoch is counted, and how many results close it. */
class RipenessTests {
  private static final Duration OLD = Duration.ofSeconds(60);
  private static final long MANY = 100_000;

  private final Ripeness ripeness = new Ripeness(OLD, MANY);

  @Test
  void an_old_epoch_needs_one_result() {
    assertThat(ripeness.enough(1, OLD)).hasValue(1);
    assertThat(ripeness.enough(1, OLD.plusSeconds(1))).hasValue(1);
  }

  @Test
  void a_young_epoch_needs_many() {
    assertThat(ripeness.enough(1, OLD.minusNanos(1))).hasValue(MANY);
  }

  @Test
  void a_young_epoch_is_counted_again_when_it_is_a_quarter_older() {
    ripeness.enough(1, Duration.ofSeconds(20));

    assertThat(ripeness.enough(1, Duration.ofSeconds(24))).isEmpty();
    assertThat(ripeness.enough(1, Duration.ofSeconds(25))).hasValue(MANY);
    assertThat(ripeness.enough(1, Duration.ofSeconds(26))).isEmpty();
  }

  @Test
  void a_clock_that_was_set_back_keeps_no_epoch_open() {
    ripeness.enough(1, Duration.ofSeconds(40));

    assertThat(ripeness.enough(1, Duration.ofSeconds(-3_600))).hasValue(MANY);
  }

  @Test
  void the_next_epoch_is_counted_at_once() {
    ripeness.enough(1, Duration.ofSeconds(20));

    assertThat(ripeness.enough(2, Duration.ofSeconds(1))).hasValue(MANY);
  }

  @Test
  void an_epoch_is_counted_fewer_than_twenty_times_before_it_is_old() {
    long counts = 0;
    for (int second = 1; second < 60; second++) {
      counts += ripeness.enough(1, Duration.ofSeconds(second)).isPresent() ? 1 : 0;
    }

    assertThat(counts).isBetween(5L, 19L);
  }

  @Test
  void though_no_result_comes_a_young_epoch_is_asked_about_when_it_is_counted_again_or_old() {
    ripeness.enough(1, Duration.ofSeconds(20));
    assertThat(ripeness.again(Duration.ofSeconds(24))).contains(Duration.ofSeconds(25));

    ripeness.enough(1, Duration.ofSeconds(50));
    assertThat(ripeness.again(Duration.ofSeconds(50))).contains(OLD);
    assertThat(ripeness.again(OLD)).isEmpty();
  }
}
