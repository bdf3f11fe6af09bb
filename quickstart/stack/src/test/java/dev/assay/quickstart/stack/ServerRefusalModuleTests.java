package dev.assay.quickstart.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.assay.quickstart.stack.testing.Processes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is wrong with a server's surroundings is said in one sentence, and nothing is left. */
class ServerRefusalModuleTests {
  /** Each server, and the file without which it cannot read what it wrote. */
  enum Part {
    POSTGRESQL("postgresql", "pg18/data/global/pg_control") {
      @Override
      Server start(Home home, int port) {
        return PostgresServer.start(home, port);
      }
    },
    KAFKA("kafka", "kafka/data/meta.properties") {
      @Override
      Server start(Home home, int port) {
        return KafkaServer.start(home, port, Ports.free(1).getFirst());
      }
    },
    EVM_NODE("evm-node", "chain/state.json") {
      @Override
      Server start(Home home, int port) {
        return EvmNode.start(home, port, Checkout.find());
      }
    };

    private final String label;
    private final String file;

    Part(String label, String file) {
      this.label = label;
      this.file = file;
    }

    abstract Server start(Home home, int port);
  }

  @TempDir Path folder;
  private Home home;

  @BeforeEach
  void open() {
    home = Home.open(folder, "a test");
  }

  @AfterEach
  void close() {
    home.close();
  }

  @ParameterizedTest
  @EnumSource
  void a_port_that_another_program_uses_is_told(Part part) throws IOException {
    try (var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Refusal refusal = refusalOf(part, other.getLocalPort());

      assertThat(refusal)
          .hasMessageContaining(part.label + " could not take port " + other.getLocalPort());
      assertThat(refusal.exitCode()).isEqualTo(ExitCode.IN_USE);
    }
    assertOnlyTheGuardianIsLeft();
  }

  @ParameterizedTest
  @EnumSource
  void data_that_is_damaged_is_told_and_left_as_it_is(Part part) throws IOException {
    part.start(home, Ports.free(1).getFirst()).process().stop();
    Path damaged = Files.writeString(home.resolve(part.file), "@");

    Refusal refusal = refusalOf(part, Ports.free(1).getFirst());

    assertThat(refusal)
        .hasMessageContaining(part.label + " cannot read its data in " + home)
        .hasMessageContaining("./assay reset");
    assertThat(refusal.exitCode()).isEqualTo(ExitCode.DATA);
    assertThat(damaged).hasContent("@");
    assertOnlyTheGuardianIsLeft();
  }

  @Test
  void without_the_npm_packages_nothing_is_started_and_the_remedy_is_told() throws IOException {
    Path checkout = Files.createDirectories(folder.resolve("elsewhere"));

    Refusal refusal =
        catchThrowableOfType(Refusal.class, () -> Stack.start(home, Ports.free(), checkout));

    assertThat(refusal).hasMessageEndingWith("Run: npm ci --prefix %s/contracts", checkout);
    assertThat(refusal.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
    assertOnlyTheGuardianIsLeft();
  }

  @Test
  void passwords_are_readable_by_their_owner_only_and_their_loss_is_told() throws IOException {
    PostgresServer.start(home, Ports.free(1).getFirst()).process().stop();
    Path passwords = home.resolve("pg18/passwords");
    assertThat(Files.getPosixFilePermissions(passwords)).hasToString("[OWNER_READ, OWNER_WRITE]");

    Files.writeString(passwords, "postgres=x\n");

    Refusal refusal = refusalOf(Part.POSTGRESQL, Ports.free(1).getFirst());
    assertThat(refusal).hasMessageContaining("has no password of marketplace");
    assertThat(refusal.exitCode()).isEqualTo(ExitCode.DATA);
  }

  private Refusal refusalOf(Part part, int port) {
    return catchThrowableOfType(Refusal.class, () -> part.start(home, port).process().stop());
  }

  private void assertOnlyTheGuardianIsLeft() throws IOException {
    List<String> left = Processes.of(home.directory());
    assertThat(left).singleElement().asString().contains("guardian.sh");
  }
}
