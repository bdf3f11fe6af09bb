package dev.assay.quickstart.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.assay.quickstart.stack.testing.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HomeModuleTests {
  @TempDir Path folder;

  /** What stands in the folder beforehand, and what is said to it. */
  static Stream<Arguments> unusable() {
    return Stream.of(
        Arguments.of("thesis.txt", "mine", ExitCode.DATA, "holds files that are not Assay's"),
        Arguments.of("format", "2", ExitCode.DATA, "is a home of format 2; this version of Assay"),
        Arguments.of("format", "", ExitCode.DATA, "is a home of format ; this version of Assay"));
  }

  @ParameterizedTest
  @MethodSource
  void unusable(String file, String content, ExitCode exitCode, String sentence)
      throws IOException {
    Files.writeString(folder.resolve(file), content);

    Refusal refusal = refusalOf(folder);

    assertThat(refusal).hasMessageContaining(folder.toString()).hasMessageContaining(sentence);
    assertThat(refusal.exitCode()).isEqualTo(exitCode);
    assertThat(folder.resolve(file)).hasContent(content);
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @Test
  void the_data_of_another_postgresql_is_named_and_left_as_it_is() throws IOException {
    Home.open(folder, "a test").close();
    Files.createDirectories(folder.resolve("pg18/data"));
    Files.writeString(folder.resolve("pg18/data/PG_VERSION"), "17\n");

    assertThat(refusalOf(folder))
        .hasMessage(
            "%s is a data folder of PostgreSQL 17; this version of Assay needs 18. Run ./assay"
                + " reset to start afresh.",
            folder);
    assertThat(folder.resolve("pg18/data/PG_VERSION")).hasContent("17\n");
  }

  @Test
  void a_folder_that_cannot_be_made_is_refused_with_the_remedy() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");

    Refusal refusal = refusalOf(file.resolve("home"));

    assertThat(refusal)
        .hasMessageContaining("Cannot create " + file)
        .hasMessageContaining("--home DIR or ASSAY_HOME");
    assertThat(refusal.exitCode()).isEqualTo(ExitCode.CANNOT_CREATE);
  }

  @Test
  void a_disk_that_is_nearly_full_is_refused_before_anything_is_started() throws IOException {
    Refusal refusal =
        catchThrowableOfType(
            Refusal.class, () -> Home.open(folder, "a test", false, Long.MAX_VALUE));

    assertThat(refusal).hasMessageContaining("is nearly full");
    assertThat(refusal.exitCode()).isEqualTo(ExitCode.IO);
    assertThat(Processes.of(folder)).isEmpty();
    Home.open(folder, "a test, on a larger disk").close();
  }

  @Test
  void nobody_opens_it_twice_and_whoever_comes_after_the_end_is_welcome() {
    try (Home first = Home.open(folder, "the first")) {
      assertThat(refusalOf(folder))
          .hasMessageContaining("in use by pid %d (the first)", ProcessHandle.current().pid());
      assertThat(first.isThrowAway()).isFalse();
    }
    Home.open(folder, "the second").close();
  }

  @Test
  void a_throw_away_home_goes_with_its_owner() throws IOException {
    Home home = Home.temporary();
    home.close();

    assertThat(home.directory()).doesNotExist();
    assertThat(Processes.of(home.directory())).isEmpty();
  }

  @Test
  void only_a_home_is_deleted_and_only_when_nobody_uses_it() throws IOException {
    Files.writeString(folder.resolve("thesis.txt"), "mine");
    assertThat(catchThrowableOfType(Refusal.class, () -> Home.delete(folder)))
        .hasMessageContaining("is not a home of Assay");
    assertThat(folder.resolve("thesis.txt")).hasContent("mine");

    Path directory = folder.resolve("home");
    try (Home used = Home.open(directory, "the first")) {
      assertThat(catchThrowableOfType(Refusal.class, () -> Home.delete(directory)).exitCode())
          .isEqualTo(ExitCode.IN_USE);
      assertThat(used.logs()).exists();
    }
    Home.delete(directory);
    assertThat(directory).doesNotExist();
  }

  private static Refusal refusalOf(Path directory) {
    return catchThrowableOfType(
        Refusal.class, () -> Home.open(directory, "a test that should be refused").close());
  }
}
