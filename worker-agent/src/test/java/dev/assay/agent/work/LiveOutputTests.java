package dev.assay.agent.work;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class LiveOutputTests {
  private static final int MOST = 1024 * 1024;

  private final LiveOutput output = new LiveOutput();

  @Test
  void what_fits_ends_when_the_model_ends() throws IOException {
    output.heard("a".repeat(MOST));
    output.finish();

    assertThat(output.isToldWhole()).isTrue();
    assertThat(new String(output.lines().readAllBytes(), UTF_8)).contains("aaa").endsWith("\n");
  }

  @Test
  void more_than_is_streamed_breaks_off_without_a_gap_and_without_an_end() {
    output.heard("a".repeat(MOST - 2));
    output.heard("bbb");
    output.heard("c");
    output.finish();

    var told = new ByteArrayOutputStream();
    assertThatThrownBy(() -> output.lines().transferTo(told)).isInstanceOf(IOException.class);
    assertThat(told.toString(UTF_8)).contains("aaa").doesNotContain("bbb", "\"c\"");
    assertThat(output.isToldWhole()).isFalse();
  }
}
