package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * {@code assay bench chaos}, {@code kill} and {@code batches}, at sizes that a build can wait for.
 */
class ChaosAcceptanceTests {
  @Test
  void under_every_fault_each_job_ends_once_and_the_money_adds_up() throws Exception {
    String told =
        RunningUp.run(
            "bench",
            "chaos",
            "--jobs=120",
            "--workers=6",
            "--agents=1",
            "--seconds=12",
            "--api-kills=1");

    assertThat(told).startsWith("exit 0").contains("API kill -9", "worker SIGSTOP");
    // The faults that are sent on purpose were met, or the rest proves nothing.
    assertThat(told)
        .containsPattern("twice: duplicate +[1-9]")
        .containsPattern("forged: refused +[1-9]")
        .containsPattern("wrong attempt: (late|refused) +[1-9]")
        .containsPattern("jobs attested +[1-9]")
        .contains("leases that began while another of the job was live");
  }

  @Test
  @EnabledIfSystemProperty(named = "assay.nightly", matches = "true")
  void whichever_part_dies_under_load_each_job_is_paid_once_on_the_chain() throws Exception {
    String told = RunningUp.run("bench", "kill", "--kills=1", "--rate=20");

    assertThat(told)
        .startsWith("exit 0")
        .contains("1 of api", "1 of settlement", "1 of kafka", "1 of evm-node")
        .contains("requesters who paid otherwise on the chain");
  }

  @Test
  @EnabledIfSystemProperty(named = "assay.nightly", matches = "true")
  void a_batch_outlives_the_api_and_each_line_is_answered_and_charged_once() throws Exception {
    assertThat(RunningUp.run("bench", "batches", "--lines=1000", "--kills=3"))
        .startsWith("exit 0")
        .contains("kill -9 of the API", "openai 7.");
  }

  @Test
  @EnabledIfSystemProperty(named = "assay.nightly", matches = "true")
  void at_its_full_size_too() throws Exception {
    assertThat(RunningUp.run("bench", "chaos", "--strict")).startsWith("exit 0");
  }
}
