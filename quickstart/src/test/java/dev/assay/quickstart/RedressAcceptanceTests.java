package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** {@code assay bench redress}: nine workers and days on the chain's clock are for the night. */
class RedressAcceptanceTests {
  @Test
  @EnabledIfSystemProperty(named = "assay.nightly", matches = "true")
  void the_honest_is_paid_the_cheat_slashed_and_the_harmed_made_whole_on_the_chain()
      throws Exception {
    assertThat(RunningUp.run("bench", "redress")).startsWith("exit 0");
  }
}
