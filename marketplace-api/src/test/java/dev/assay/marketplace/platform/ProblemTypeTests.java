package dev.assay.marketplace.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProblemTypeTests {
  private static final Path REFERENCE = Path.of("../docs/reference/problems.md");
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `(.+?)` \\| (\\d+) \\| (yes|no) \\|");

  @Test
  void the_reference_lists_each_problem_with_its_status_and_nothing_else() throws IOException {
    var documented =
        ROW.matcher(Files.readString(REFERENCE))
            .results()
            .map(row -> row.group(1) + " " + row.group(2) + " " + row.group(3));
    var existing =
        Arrays.stream(ProblemType.values())
            .map(type ->
                "%s %d %s"
                    .formatted(
                        type.code(), type.status().value(), type.retryable() ? "yes" : "no"));

    assertThat(documented).containsExactlyInAnyOrderElementsOf(existing.toList());
  }

  @ParameterizedTest
  @CsvSource({
    "400, MALFORMED_REQUEST",
    "404, NOT_FOUND",
    "418, MALFORMED_REQUEST",
    "503, UNAVAILABLE",
    "505, MALFORMED_REQUEST",
    "599, INTERNAL_ERROR"
  })
  void a_status_that_somebody_else_chose_has_a_problem_of_its_class(
      int status, ProblemType expected) {
    assertThat(ProblemType.of(status)).isEqualTo(expected);
  }
}
