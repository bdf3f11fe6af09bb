package dev.assay.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.assay.agent.backend.OnnxEmbeddings;
import dev.assay.agent.market.WorkMarket;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The agent as a process of its own: signals, exit codes, and two on one home. */
@Timeout(120)
class AgentProcessModuleTests {

  /**
   * Without an archive of classes, of which tests have none; goal F8, 64 MiB, is meant with one.
   */
  private static final long MOST_IDLE_KILOBYTES = 88 * 1024;

  private final WorkMarket market = new WorkMarket(Clock.systemUTC());

  @TempDir Path home;

  @AfterEach
  void closeMarket() {
    market.close();
  }

  @Test
  void a_parked_agent_stops_at_once_on_sigterm_and_says_so() throws Exception {
    Process agent = start("up");
    try (BufferedReader out = agent.inputReader(StandardCharsets.UTF_8)) {
      await(out, "Idle: No job is open.");
      agent.toHandle().destroy(); // unlike Process.destroy, it leaves us the rest of the output

      assertThat(agent.waitFor(5, TimeUnit.SECONDS)).isTrue();
      assertThat(agent.exitValue()).isZero();
      assertThat(out.lines().toList()).last().asString().contains("\"message\":\"Stopped.\"");
      assertThat(start("status").waitFor()).isEqualTo(69);
    } finally {
      agent.destroyForcibly();
    }
  }

  @Test
  void a_second_agent_on_one_home_is_refused_until_the_first_is_gone_even_by_kill()
      throws Exception {
    Process first = start("up");
    try (BufferedReader out = first.inputReader(StandardCharsets.UTF_8)) {
      await(out, "Idle: No job is open.");
      assertThat(start("status").waitFor()).isZero();
      Process second = start("up");
      assertThat(second.errorReader(StandardCharsets.UTF_8).readLine())
          .contains("in use by another agent (process " + first.pid() + ")");
      assertThat(second.waitFor()).isEqualTo(75);

      first.destroyForcibly().waitFor();

      assertThat(start("status").waitFor()).isEqualTo(69);
    } finally {
      first.destroyForcibly();
    }
  }

  @Test
  void a_text_comes_back_as_the_models_vector_and_what_was_signed_survives_a_kill()
      throws Exception {
    var input = new EmbeddingsInput(List.of("The quick brown fox.", "Der flinke braune Fuchs."));
    AttemptRef attempt = market.post(input);
    Process first = start("up");
    try {
      var output = (EmbeddingsOutput) market.awaitResult().output();

      try (var model = new OnnxEmbeddings(home.resolve("models"))) {
        var direct = model.run(KnownModels.ALL_MINILM_L6_V2.digest(), input).output();
        assertThat(output).isEqualTo(direct);
      }
    } finally {
      first.destroyForcibly().waitFor();
    }

    market.leaseAgain(attempt);
    Process second = start("up");
    try {
      assertThat(market.awaitHandBack().because()).contains("signed before");
      assertThat(market.outcomes()).doesNotContain(Outcome.CONTRADICTION);
    } finally {
      second.destroyForcibly().waitFor();
    }
  }

  @Test
  void an_idle_agent_without_a_model_holds_little_memory() throws Exception {
    Process agent = start("up");
    try (BufferedReader out = agent.inputReader(StandardCharsets.UTF_8)) {
      await(out, "Idle: No job is open.");
      Path status = Path.of("/proc/" + agent.pid() + "/status");
      assumeTrue(Files.exists(status), "this system tells no resident memory as Linux does");
      long over = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      long kilobytes = residentKilobytes(status);
      while (kilobytes >= MOST_IDLE_KILOBYTES && System.nanoTime() < over) {
        LockSupport.parkNanos(50_000_000); // until it has rested, a second after its last event
        kilobytes = residentKilobytes(status);
      }

      assertThat(kilobytes).as("resident kB").isLessThan(MOST_IDLE_KILOBYTES);
    } finally {
      agent.destroyForcibly();
    }
  }

  private static long residentKilobytes(Path status) throws IOException {
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
        .findFirst()
        .orElseThrow();
  }

  private static void await(BufferedReader out, String words) throws IOException {
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      if (line.contains(words)) {
        return;
      }
    }
    throw new AssertionError("the agent never said: " + words);
  }

  private Process start(String command) throws IOException {
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "@" + Path.of("jvm.options").toAbsolutePath(), // as it is shipped
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Agent.class.getName(),
            command);
    builder.environment().put("ASSAY_WORKER_HOME", home.toString());
    builder.environment().put("ASSAY_WORKER", WorkMarket.OWNER.hex());
    builder.environment().put("ASSAY_RUNTIME", "none");
    builder.environment().put("ASSAY_MARKET", market.address().toString());
    return builder.start();
  }
}
