package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class UsageTests {
  /** The loop in brackets is a process of its own, and over when the line is read. */
  private static final String PARENT_OF_A_LOOP =
      "(i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done); echo ended; read stop";

  @Test
  void what_a_child_took_counts_also_when_it_has_ended() throws IOException {
    Process parent = new ProcessBuilder("sh", "-c", PARENT_OF_A_LOOP).start();
    try (var told = parent.inputReader()) {
      assertThat(told.readLine()).isEqualTo("ended");

      assertThat(Usage.of(parent.toHandle()).cpu()).isGreaterThan(Duration.ofMillis(50));
    } finally {
      parent.destroyForcibly();
    }
  }
}
