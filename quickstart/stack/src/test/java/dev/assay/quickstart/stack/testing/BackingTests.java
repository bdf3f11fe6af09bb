package dev.assay.quickstart.stack.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.assay.quickstart.stack.PostgresServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BackingTests {
  @ParameterizedTest
  @CsvSource({"embedded, EMBEDDED", "docker, DOCKER"})
  void what_is_asked_for_is_taken(String name, Backing backing) {
    assertThat(Backing.named(name)).isEqualTo(backing);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "auto"})
  void without_a_wish_the_machine_decides(String name) {
    assertThat(Backing.named(name))
        .isEqualTo(PostgresServer.existsForThisMachine() ? Backing.EMBEDDED : Backing.DOCKER);
  }

  @Test
  void a_misspelt_wish_is_refused_with_the_choices() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Backing.named("doker"))
        .withMessage("-Dassay.backing=doker is not known. There are: auto, embedded, docker.");
  }
}
