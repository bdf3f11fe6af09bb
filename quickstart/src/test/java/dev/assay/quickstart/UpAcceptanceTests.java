package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.quickstart.stack.testing.Processes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole market as a user starts it, killed in every way; one home goes through all of it. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class UpAcceptanceTests {
  private static final Duration UP_WITHIN = Duration.ofSeconds(120);
  private static final Duration GONE_WITHIN = Duration.ofSeconds(30);
  private static final String WATCHED = "select count(*) from settlement.watched_worker";

  @TempDir static Path folder;

  @Test
  @Order(1)
  void one_lease_poll_goes_through_outbox_and_kafka_to_settlement() throws Exception {
    try (var up = up()) {
      await().atMost(UP_WITHIN).until(() -> up.count("settlement", WATCHED) == 1);

      assertThat(up.count("marketplace", "select count(*) from marketplace.worker")).isEqualTo(1);
      await()
          .until(() ->
              up.count("marketplace", "select count(*) from marketplace.event_publication") == 0);
      assertThat(
              up.count(
                  "settlement",
                  "select count(*) from settlement.watched_worker where length(since_block_hash) ="
                      + " 66"))
          .isEqualTo(1);
      assertThat(RunningUp.run("status", "--home", home()))
          .startsWith("exit 0")
          .contains("api", "settlement", "worker", " up ")
          .doesNotContain("gone", "down");
      assertThat(RunningUp.run("pause", "settlement", "--home", home(), "--reason", "a drill"))
          .startsWith("exit 0")
          .contains("Paused: settlement.");
      assertThat(
              RunningUp.run(
                  "pause", "model", "all-minilm-l6-v2", "--home", home(), "--reason", "a drill"))
          .startsWith("exit 0")
          .contains("Paused: model 0x");
      assertThat(RunningUp.run("pause", "worker", "me", "--home", home(), "--reason", "a drill"))
          .startsWith("exit 64")
          .contains("named by its wallet");
      assertThat(
              up.count(
                  "settlement", "select count(*) from settlement.pause where reason = 'a drill'"))
          .isEqualTo(1);
      assertThat(
              up.count(
                  "marketplace",
                  "select count(*) from marketplace.pause where paused and what = 'MODEL'"))
          .isEqualTo(1);
      assertThat(RunningUp.run("resume", "model", "all-minilm-l6-v2", "--home", home()))
          .startsWith("exit 0");
      // What was done at settlement's own machine comes to the market's log by Kafka.
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() ->
              up.count(
                      "marketplace",
                      "select count(*) from marketplace.admin_action where subject = 'settlement"
                          + " own'")
                  == 1);
      assertThat(RunningUp.run("audit", "verify", "--home", home()))
          .startsWith("exit 0")
          .contains("OK    3 rows, one chain", "held against 0 heads", "sealed with");
      assertThat(RunningUp.run("audit", "verify", "--home", home()))
          .startsWith("exit 0")
          .contains("held against 1 heads");
      assertThat(RunningUp.run("admin", "token", "--home", home(), "--role", "root"))
          .startsWith("exit 64")
          .contains("viewer, operator or approver");
    }
    assertThat(Processes.of(folder.resolve("home"))).isEmpty();
  }

  @Test
  @Order(2)
  void killed_it_leaves_nothing_behind_and_starts_again_with_its_data() throws Exception {
    try (var up = up()) {
      Processes.signal("KILL", List.of(up.pid()));
      assertNothingIsLeft();
    }
    try (var again = up()) {
      assertThat(again.count("settlement", WATCHED)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"settlement", "api", "worker"})
  @Order(3)
  void a_killed_service_ends_the_rest_and_is_named(String part) throws Exception {
    assertThatKilling(part);
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgresql", "kafka", "evm-node", "guardian"})
  @Order(3)
  @EnabledIfSystemProperty(named = "assay.nightly", matches = "true")
  void a_killed_server_ends_the_rest_and_is_named(String part) throws Exception {
    assertThatKilling(part);
  }

  @Test
  @Order(4)
  void a_home_in_use_is_neither_started_again_nor_deleted() throws Exception {
    try (var up = up()) {
      try (var second = RunningUp.start(folder.resolve("home"))) {
        assertThat(second.exitCode()).isEqualTo(75);
        assertThat(second.printed()).contains("is in use by pid " + up.pid() + " (assay up)");
      }
      assertThat(RunningUp.run("reset", "--home", home()))
          .startsWith("exit 75")
          .contains("is in use by pid " + up.pid());
      assertThat(up.count("settlement", WATCHED)).isEqualTo(1);
    }
  }

  @Test
  @Order(5)
  void reset_clears_it() throws Exception {
    assertThat(RunningUp.run("reset", "--home", home())).startsWith("exit 0").contains("Deleted");
    assertThat(folder.resolve("home")).doesNotExist();
    assertThat(RunningUp.run("reset", "--home", home()))
        .startsWith("exit 0")
        .contains("There is nothing in");
  }

  private static void assertThatKilling(String part) throws Exception {
    try (var up = up()) {
      Processes.signal("KILL", List.of(Processes.pid(folder.resolve("home"), part)));

      assertNothingIsLeft();
      assertThat(up.exitCode()).isEqualTo(70);
      assertThat(up.printed().split("Ctrl-C stops it", 2)[1]).contains(part);
    }
  }

  private static void assertNothingIsLeft() {
    await().atMost(GONE_WITHIN).until(() -> Processes.of(folder.resolve("home")), List::isEmpty);
  }

  private static RunningUp up() throws Exception {
    RunningUp up = RunningUp.start(folder.resolve("home"));
    await().atMost(UP_WITHIN).until(up::isUp);
    return up;
  }

  private static String home() {
    return folder.resolve("home").toString();
  }
}
