package dev.assay.marketplace.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.MarketModuleTest;
import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.purse.RecordPurse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;

/** docs/reference/api.md says what is true: its commands run as they stand there. */
@MarketModuleTest
@Timeout(120)
class ApiPageModuleTests {
  private static final Path PAGE = Path.of("../docs/reference/api.md");

  private final World world;

  ApiPageModuleTests(
      @LocalServerPort int port, @Autowired BoundKeys keys, @Autowired RecordPurse purses) {
    this.world = new World(port, keys, purses);
  }

  @AfterEach
  void leave() {
    world.leave();
  }

  @Test
  void its_commands_run_in_their_order_and_none_is_refused() throws Exception {
    String script =
        Pattern.compile("(?s)```sh\\n(.*?)```")
            .matcher(Files.readString(PAGE))
            .results()
            .map(block -> block.group(1))
            .collect(Collectors.joining("\n", "set -e\n", "\n"));
    var builder = new ProcessBuilder("sh", "-c", script).redirectErrorStream(true);
    builder.environment().put("MARKET", "http://127.0.0.1:" + world.port);
    builder
        .environment()
        .put(
            "KEY",
            world.secret(world.alice.token(), List.of("jobs:read", "jobs:write", "account:read")));
    Process shell = builder.start();
    var worker =
        Thread.ofVirtual()
            .start(() -> {
              while (!Thread.currentThread().isInterrupted() && shell.isAlive()) {
                for (var lease : world.leasing.worker().asks(1, "1s").leases()) {
                  world.leasing.worker().sends(world.leasing.worker().result(lease));
                }
              }
            });
    String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(shell.waitFor()).as(said).isZero();
    worker.join();
    assertThat(said)
        .contains("\"status\":\"attested\"", "\"float32\":", "event: attested", "\"hasMore\":");
  }
}
