package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The version before, as it was built, on the schema of this one: what runs for a while in every
 * rolling upgrade, and for longer when one is taken back. {@code assay.previous} is a checkout of
 * it, built.
 */
class PreviousVersionAcceptanceTests {
  @Test
  @EnabledIfSystemProperty(named = "assay.previous", matches = ".+")
  void the_version_before_sells_on_the_schema_of_this_one(@TempDir Path folder) throws Exception {
    Path previous = Path.of(Objects.requireNonNull(System.getProperty("assay.previous")));
    Path home = folder.resolve("home");
    buyFrom(RunningUp.start(home)); // which migrates

    buyFrom(RunningUp.startFrom(previous, home));
  }

  private static void buyFrom(RunningUp started) throws Exception {
    try (RunningUp up = started) {
      await()
          .atMost(Duration.ofSeconds(240))
          .until(() -> up.isUp() && up.printed().contains("texts"));
      String command = up.printed().substring(up.printed().indexOf("curl -s"));
      Process curl = new ProcessBuilder("sh", "-c", command).redirectErrorStream(true).start();
      String answer = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(curl.waitFor()).as(answer).isZero();
      assertThat(answer).contains("\"status\":\"attested\"");
    }
  }
}
