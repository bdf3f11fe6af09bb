package dev.assay.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.agent.market.ScriptedMarket;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The agent as a process of its own: signals, exit codes, and two on one home. */
@Timeout(60)
class AgentProcessModuleTests {
  private static final String WALLET = "0x" + "ab".repeat(20);

  private final CountDownLatch parked = new CountDownLatch(1);
  private final ScriptedMarket market =
      new ScriptedMarket(exchange -> {
        parked.countDown();
        try {
          new CountDownLatch(1).await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      });

  @TempDir Path home;

  @AfterEach
  void closeMarket() {
    market.close();
  }

  @Test
  void a_parked_agent_stops_at_once_on_sigterm_and_says_so() throws Exception {
    Process agent = start("up");
    try (BufferedReader out = agent.inputReader(StandardCharsets.UTF_8)) {
      parked.await();
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
    try {
      parked.await();
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

  private Process start(String command) throws IOException {
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            Agent.class.getName(),
            command);
    builder.environment().put("ASSAY_WORKER_HOME", home.toString());
    builder.environment().put("ASSAY_WORKER", WALLET);
    builder.environment().put("ASSAY_MARKET", market.address().toString());
    return builder.start();
  }
}
