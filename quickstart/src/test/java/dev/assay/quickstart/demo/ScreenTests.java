package dev.assay.quickstart.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScreenTests {
  private static final List<Progress.WorkerNow> WORKERS =
      List.of(
          new Progress.WorkerNow("honest-1", 400, 0, false),
          new Progress.WorkerNow("lazy", 5, 5, true),
          new Progress.WorkerNow("substituting", 3, 1, false));

  private final StringWriter written = new StringWriter();

  private Screen screen(boolean redraws, boolean isColoured) {
    return new Screen(new PrintWriter(written), redraws, isColoured);
  }

  @Test
  void on_a_terminal_the_block_is_drawn_in_place_and_lines_stay_above_it() {
    var screen = screen(true, false);
    screen.show(List.of("one", "two"));
    screen.say("a line");
    screen.show(List.of("three"));
    screen.show(List.of("four"));

    assertThat(written).hasToString("one\ntwo\n\033[2A\033[Ja line\nthree\n\033[1A\033[Jfour\n");
  }

  @Test
  void elsewhere_there_are_lines_only_and_no_control_characters() {
    var screen = screen(false, false);
    screen.show(List.of("one", "two"));
    screen.say(screen.in(Screen.Colour.RED, "a line"));

    assertThat(written).hasToString("a line\n");
  }

  @Test
  void colours_end_where_their_words_end() {
    var screen = screen(true, true);
    screen.say(screen.in(Screen.Colour.GREEN, "OK"));

    assertThat(written).hasToString("\033[32mOK\033[0m\n");
  }

  @Test
  void progress_fits_the_narrowest_terminal_and_says_who_is_before_the_court() {
    var progress =
        new Progress("x".repeat(200), 1_000, 408, "1234.567890", 123_456, 12_345, WORKERS);
    List<String> lines = progress.lines(screen(true, false));

    assertThat(lines).allMatch(line -> line.length() <= 78);
    assertThat(lines).anyMatch(line -> line.contains("lazy") && line.endsWith("before the Court"));
    assertThat(lines).anyMatch(line -> line.contains("substituting") && line.endsWith("1 flagged"));
    assertThat(lines.get(1)).contains("█████████████░", "408 of 1,000");
  }

  @Test
  void columns_are_as_wide_as_what_stands_in_them_and_figures_stand_to_the_right() {
    assertThat(
            new Table(1, "worker", "jobs", "why")
                .row("honest-1", 1_234, "")
                .row("lazy", 5, "one vector for all")
                .lines())
        .containsExactly(
            "  worker    jobs  why", "  honest-1  1234", "  lazy         5  one vector for all");
  }
}
