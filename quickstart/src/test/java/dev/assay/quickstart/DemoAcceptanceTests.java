package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.quickstart.stack.Ports;
import dev.assay.quickstart.stack.testing.Processes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code ./assay demo}, small: what it promises happens, and the answers are right. */
class DemoAcceptanceTests {
  /** So many that the whole shipped text is among what is bought. */
  private static final String JOBS = "320";

  private static final Duration GONE_WITHIN = Duration.ofSeconds(30);

  @TempDir private Path folder;

  /**
   * It takes minutes; what it is made of is told at every build by {@link
   * MarketStoriesAcceptanceTests}.
   */
  @Test
  @EnabledIfSystemProperty(named = "assay.nightly", matches = "true")
  void cheats_are_slashed_the_harmed_made_whole_and_three_questions_answered_right()
      throws Exception {
    String printed =
        RunningUp.run(
            "demo",
            "--home",
            home(),
            "--port",
            port(),
            "--jobs",
            JOBS,
            "--receipt",
            folder.resolve("receipt.json").toString(),
            "--json",
            "--ask",
            "How old must somebody be to become President?",
            "--ask",
            "When does the Vice President vote in the Senate?",
            "--ask",
            "May the police search my house without a warrant?");

    assertThat(printed).startsWith("exit 0\n{");
    JsonNode report = JsonMapper.shared().readTree(printed.substring("exit 0\n".length()));
    assertThat(report.path("asExpected").booleanValue()).isTrue();
    assertThat(report.path("expectations")).hasSizeGreaterThan(7);
    assertThat(best(report, 0))
        .contains("Constitution, Article II", "the Age of thirty five Years");
    assertThat(best(report, 1))
        .contains("Constitution, Article I", "unless they be equally divided");
    assertThat(best(report, 2))
        .contains("Constitution, Amendment IV", "unreasonable searches and seizures");
    assertThat(RunningUp.run("verify", folder.resolve("receipt.json").toString()))
        .startsWith("exit 0");
    assertThat(Path.of(home())).doesNotExist();
  }

  /** The passage that is nearest to a question, with its place. */
  private static String best(JsonNode report, int question) {
    return report.path("answers").path(question).path("hits").path(0).path("passage").toString();
  }

  @Test
  void a_market_of_up_is_not_deleted_for_a_demo() throws Exception {
    Files.createDirectories(folder.resolve("home"));
    Files.writeString(folder.resolve("home/format"), "1\n");

    assertThat(RunningUp.run("demo", "--home", home(), "--port", port()))
        .startsWith("exit 65")
        .contains("holds a market that is not a demo's", "--home DIR");
    assertThat(folder.resolve("home/format")).exists();
  }

  @Test
  void what_cannot_work_is_said_before_anything_is_started() throws Exception {
    assertThat(RunningUp.run("demo", "--home", home(), "--jobs", "3"))
        .startsWith("exit 64")
        .contains("--jobs is 60 to");
    assertThat(RunningUp.run("demo", "--home", home(), "--receipt", "/proc/receipt.json"))
        .startsWith("exit 73")
        .contains("--receipt FILE");
    assertThat(Path.of(home())).doesNotExist();
  }

  /** At a moment of its start, which is the most of it that a build can wait for. */
  @Test
  void ended_at_any_moment_it_leaves_no_process() throws Exception {
    endAt(new Random().nextInt(4));
  }

  @RepeatedTest(20)
  @EnabledIfSystemProperty(named = "assay.nightly", matches = "true")
  void ended_at_any_moment_of_its_life_too() throws Exception {
    endAt(new Random().nextInt(23));
  }

  /**
   * @param lines that it has printed then: one for each step
   */
  private void endAt(int lines) throws Exception {
    System.out.println("The demo is ended when it has printed " + lines + " lines");
    try (var demo =
        RunningUp.start(
            "demo", Path.of(home()), "--receipt", folder.resolve("receipt.json").toString())) {
      await()
          .atMost(Duration.ofMinutes(5))
          .until(() -> demo.printed().lines().count() >= lines && isBegun());
      Processes.signal("TERM", List.of(demo.pid()));
      demo.exitCode();
      assertThat(demo.printed()).doesNotContain("fault of Assay", "Exception");
    }
    await().atMost(GONE_WITHIN).until(() -> Processes.of(folder.resolve("home")), List::isEmpty);
  }

  private boolean isBegun() {
    return Files.exists(folder.resolve("home/run/owner"));
  }

  private String home() {
    return folder.resolve("home").toString();
  }

  private static String port() {
    return String.valueOf(Ports.free(1).getFirst());
  }
}
