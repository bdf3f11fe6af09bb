package dev.assay.agent.work;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentVersionTests {
  @ParameterizedTest
  @CsvSource({
    "assay-worker/1.2.3,1.2.4,true",
    "assay-worker/1.2.3,assay-worker/1.2.3,false",
    "assay-worker/1.10.0,1.9.9,false",
    "assay-worker/0.9.9,1.0.0,true",
    "assay-worker/0.1.0-SNAPSHOT,0.1.0,false",
    "assay-worker/development,9.9.9,false",
    "assay-worker/1.2.3,soon,false",
  })
  void a_version_is_older_by_its_numbers(String version, String minimum, boolean isOlder) {
    assertThat(AgentVersion.isOlder(version, minimum)).isEqualTo(isOlder);
  }
}
