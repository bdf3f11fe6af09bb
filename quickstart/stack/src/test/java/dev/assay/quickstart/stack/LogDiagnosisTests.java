package dev.assay.quickstart.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user reads sentences, whatever form a service writes its log in. */
class LogDiagnosisTests {
  @TempDir Path folder;

  @Test
  void of_a_structured_line_the_message_and_its_innermost_cause_are_shown() throws IOException {
    String line =
        """
        {"@timestamp":"2026-01-01T00:00:00Z","log":{"level":"ERROR","logger":"%s"},\
        "message":"Application run failed","error":{"type":"A","message":"Bean of settlement",\
        "stack_trace":"A: Bean of settlement\\nCaused by: B: outer\\n\\tat x\\nCaused by: C: no role"}}
        """
            .formatted("a.long.name.".repeat(60));

    assertThat(diagnosis(line).ofEarlyEnd(1))
        .hasMessageContaining("exit code 1")
        .hasMessageContaining(
            "ERROR Application run failed; Bean of settlement; Caused by: C: no role");
  }

  @Test
  void any_other_line_is_shown_as_it_is() throws IOException {
    assertThat(diagnosis("{ not JSON\nFATAL: no space\n").ofEarlyEnd(1))
        .hasMessageContaining("  { not JSON")
        .hasMessageContaining("  FATAL: no space");
  }

  private LogDiagnosis diagnosis(String text) throws IOException {
    Path log = Files.writeString(folder.resolve("settlement.log"), text);
    return new LogDiagnosis("settlement", 0, folder, log, 0);
  }
}
