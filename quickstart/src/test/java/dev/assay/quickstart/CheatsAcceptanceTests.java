package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * {@code assay bench cheats} and {@code bench texts}: a dozen worker processes are for the night.
 */
class CheatsAcceptanceTests {
  @Test
  @EnabledIfSystemProperty(named = "assay.nightly", matches = "true")
  void every_cheat_becomes_a_case_at_the_court_and_no_honest_worker_is_flagged() throws Exception {
    assertThat(RunningUp.run("bench", "cheats", "--strict")).startsWith("exit 0");
  }

  @Test
  @EnabledIfSystemProperty(named = "assay.nightly", matches = "true")
  void a_smaller_language_model_becomes_a_case_and_no_honest_one_is_flagged() throws Exception {
    assertThat(RunningUp.run("bench", "texts", "--strict")).startsWith("exit 0");
  }
}
