package dev.assay.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventIdTests {
  private static final EventId ID =
      new EventId(UUID.fromString("0198f1a2-0000-7000-8000-000000000001"));

  @Test
  void its_text_names_its_kind_and_reads_back() {
    assertThat(ID.toString()).isEqualTo("evt_0198f1a2-0000-7000-8000-000000000001");
    assertThat(EventId.parse(ID.toString())).isEqualTo(ID);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0198f1a2-0000-7000-8000-000000000001",
        "job_0198f1a2-0000-7000-8000-000000000001",
        "evt_1-1-1-1-1",
        "evt_0198F1A2-0000-7000-8000-000000000001",
        "evt_"
      })
  void other_forms_are_refused(String text) {
    assertThatThrownBy(() -> EventId.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
