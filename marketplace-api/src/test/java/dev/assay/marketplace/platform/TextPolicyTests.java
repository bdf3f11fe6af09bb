package dev.assay.marketplace.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextPolicyTests {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "two\nlines\r\n\tand a tab",
        "\uD83D\uDE80",
        "e\u0301 stays as sent",
        "\uFFFD"
      })
  void whole_text_is_taken_as_it_is(String text) {
    assertThat(TextPolicy.checked(text)).isSameAs(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0000",
        "a\u001b[31m",
        "\u007f",
        "\u0085",
        "half \uD83D",
        "\uDE80 other half",
        "\uDE80\uD83D"
      })
  void what_could_not_be_kept_as_sent_is_refused(String text) {
    assertThatThrownBy(() -> TextPolicy.checked(text))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> assertThat(problem.type()).isEqualTo(ProblemType.INVALID_TEXT))
        .hasMessageStartingWith("At index ");
  }
}
