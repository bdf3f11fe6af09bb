package dev.assay.determinism;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CrashPointTests {
  @Test
  void nothing_is_armed_unless_named() {
    assertThat(CrashPoint.armed(null)).isNull();
    assertThat(CrashPoint.armed("")).isNull();
  }

  @Test
  void a_point_is_armed_by_its_label() {
    for (CrashPoint point : CrashPoint.values()) {
      assertThat(CrashPoint.armed(point.label())).isEqualTo(point);
    }
  }

  @Test
  void an_unknown_name_is_refused_and_the_known_ones_are_listed() {
    assertThatThrownBy(() -> CrashPoint.armed("nowhere"))
        .hasMessageContaining("nowhere")
        .hasMessageContaining("api-enrolment-before-commit");
  }
}
