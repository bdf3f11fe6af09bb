package dev.assay.marketplace.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.TokenAmount;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class CsvTableTests {
  private record Row(String text, @Nullable TokenAmount amount, FlagRate flags, List<String> all) {}

  private static String line(String text, @Nullable TokenAmount amount) {
    return new CsvTable(Row.class)
        .line(
            JsonMapper.shared()
                .valueToTree(new Row(text, amount, FlagRate.of(0, 0), List.of("a", "b"))));
  }

  @Test
  void each_component_is_a_column_and_what_is_not_there_is_empty() {
    assertThat(new CsvTable(Row.class).header())
        .isEqualTo(
            "\"text\",\"amount\",\"flags.audits\",\"flags.failures\",\"flags.atLeast\",\"flags.atMost\",\"all\"\r\n");
    assertThat(line("a \"word\", two\nlines", TokenAmount.of(5)))
        .isEqualTo(
            "\"a \"\"word\"\", two\n"
                + "lines\",\"5\",\"0\",\"0\",\"0\",\"10000\",\"[\"\"a\"\",\"\"b\"\"]\"\r\n");
    assertThat(line("", null)).startsWith("\"\",\"\",");
  }

  @ParameterizedTest
  @ValueSource(strings = {"=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1"})
  void what_a_spreadsheet_would_compute_is_a_text(String formula) {
    assertThat(line(formula, null)).startsWith("\"'" + formula + "\"");
  }
}
