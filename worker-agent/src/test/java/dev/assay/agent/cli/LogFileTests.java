package dev.assay.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFileTests {
  private static final String LARGE = "x".repeat(5 * 1024 * 1024);

  private final Path home;

  LogFileTests(@TempDir Path home) {
    this.home = home;
  }

  @Test
  void the_one_before_is_kept_and_no_other() throws IOException {
    try (var log = LogFile.open(home)) {
      Consumer<String> lines = log.lines();
      lines.accept(LARGE);
      lines.accept("second");
      assertThat(home.resolve(LogFile.EARLIER)).hasContent(LARGE);
      lines.accept(LARGE);
      lines.accept("third");
    }
    assertThat(home.resolve(LogFile.NAME)).hasContent("third");
    assertThat(Files.readString(home.resolve(LogFile.EARLIER))).startsWith("second");
  }

  @Test
  void it_goes_on_when_what_kept_it_from_it_is_gone() throws IOException {
    Path inTheWay = Files.createDirectories(home.resolve(LogFile.EARLIER).resolve("in the way"));
    try (var log = LogFile.open(home)) {
      Consumer<String> lines = log.lines();
      lines.accept(LARGE);
      lines.accept("lost");
      Files.delete(inTheWay);
      Files.delete(inTheWay.getParent());
      lines.accept("kept");
    }
    assertThat(home.resolve(LogFile.NAME)).hasContent("kept");
  }
}
