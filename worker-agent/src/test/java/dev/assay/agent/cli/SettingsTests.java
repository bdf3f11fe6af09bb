package dev.assay.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTests {
  private static final Path OWNER = Path.of("/home/owner");

  @Test
  void the_home_is_the_one_that_is_named_most_closely() {
    Map<String, String> both =
        Map.of("ASSAY_WORKER_HOME", "/data/agent", "ASSAY_HOME", "/data/assay");

    assertThat(Settings.home("/data/mine", both, OWNER)).isEqualTo(Path.of("/data/mine"));
    assertThat(Settings.home(null, both, OWNER)).isEqualTo(Path.of("/data/agent"));
    assertThat(Settings.home(null, Map.of(), OWNER))
        .isEqualTo(Path.of("/home/owner/.assay/worker"));
  }

  @Test
  void where_all_of_assay_is_elsewhere_the_worker_is_too() {
    assertThat(Settings.home(null, Map.of("ASSAY_HOME", "/data/assay"), OWNER))
        .isEqualTo(Path.of("/data/assay/worker"));
  }

  @Test
  void an_empty_name_of_all_of_assay_names_nothing_and_one_of_the_workers_is_refused() {
    assertThat(Settings.home(null, Map.of("ASSAY_HOME", " "), OWNER))
        .isEqualTo(Path.of("/home/owner/.assay/worker"));
    assertThatThrownBy(() -> Settings.home(null, Map.of("ASSAY_WORKER_HOME", " "), OWNER))
        .hasMessage("ASSAY_WORKER_HOME is empty; give a directory.");
  }
}
