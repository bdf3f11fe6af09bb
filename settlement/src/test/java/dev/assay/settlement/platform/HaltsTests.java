package dev.assay.settlement.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Status;

class HaltsTests {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Halts halts = new Halts(meters);

  @Test
  void each_part_takes_back_its_own_reason() {
    halts.halt("one", "first");
    halts.halt("other", "second");
    halts.release("one");

    assertThat(halts.isClear()).isFalse();
    assertThat(halts.reasons()).containsOnlyKeys("other");
    assertThat(figure("one")).isZero();
    assertThat(figure("other")).isEqualTo(1);
    assertThat(halts.health().getStatus()).isEqualTo(Status.DOWN);
  }

  @Test
  void what_is_usual_stops_and_raises_no_alarm() {
    halts.hold("start", "not checked yet");

    assertThat(halts.isClear()).isFalse();
    assertThat(halts.health().getStatus()).isEqualTo(Status.UNKNOWN);
  }

  @Test
  void a_warning_raises_an_alarm_and_stops_nothing() {
    halts.warn("beacon", "none");

    assertThat(halts.isClear()).isTrue();
    assertThat(figure("beacon")).isEqualTo(1);
    assertThat(halts.reasons()).containsEntry("beacon", "none");
    assertThat(halts.health().getStatus()).isEqualTo(Status.DOWN);
  }

  @Test
  void a_note_is_shown_stops_nothing_and_raises_no_alarm() {
    halts.note("payments", "paused");

    assertThat(halts.isClear()).isTrue();
    assertThat(halts.reasons()).containsEntry("payments", "paused");
    assertThat(figure("payments")).isZero();
    assertThat(halts.health().getStatus()).isEqualTo(Status.UP);

    halts.halt("one", "first");
    assertThat(halts.health().getStatus()).isEqualTo(Status.DOWN);
  }

  private double figure(String part) {
    return meters.get("settlement.halts").tag("part", part).gauge().value();
  }
}
