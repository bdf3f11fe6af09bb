package dev.assay.agent.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDateTime;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTests {
  /** 23 November 2026 is a Monday. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "always|2026-11-23T12:00|true",
        "22:00-07:00|2026-11-23T21:59|false",
        "22:00-07:00|2026-11-23T22:00|true",
        "22:00-07:00|2026-11-24T06:59|true",
        "22:00-07:00|2026-11-24T07:00|false",
        "09:00-17:00|2026-11-23T09:00|true",
        "09:00-17:00|2026-11-23T17:00|false",
        "mon 22:00-07:00|2026-11-24T03:00|true",
        "mon 22:00-07:00|2026-11-23T03:00|false",
        "mon 22:00-07:00|2026-11-24T22:00|false",
        "mon-fri 18:00-24:00|2026-11-27T23:59|true",
        "mon-fri 18:00-24:00|2026-11-28T00:00|false",
        "mon-fri 18:00-24:00|2026-11-28T19:00|false",
        "sat-mon 00:00-24:00|2026-11-23T00:00|true",
        "sat-mon 00:00-24:00|2026-11-24T00:00|false",
        "mon-fri 18:00-08:00, sat-sun 00:00-24:00|2026-11-28T12:00|true",
        "MON 08:00-09:00|2026-11-23T08:30|true",
      })
  void a_schedule_says_when_to_work(String text, LocalDateTime moment, boolean works) {
    assertThat(Schedule.parse(text).objection(moment).isEmpty()).isEqualTo(works);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "9-5", "25:00-26:00", "22:00", "xyz 10:00-11:00", "mon-xyz 10:00-11:00", ","})
  void what_is_no_schedule_is_refused_with_an_example(String text) {
    assertThatThrownBy(() -> Schedule.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("mon-fri 18:00-08:00");
  }
}
