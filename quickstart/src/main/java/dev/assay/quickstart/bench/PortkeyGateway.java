package dev.assay.quickstart.bench;

import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Ports;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Portkey's gateway, which people put in front of models; runs in Node. */
public final class PortkeyGateway implements AutoCloseable {
  /** Its server listens on all interfaces, and has no option for fewer. */
  private static final String LOOPBACK = "loopback.mjs";

  private static final int LOOKS = 300;
  private static final int LOOK_MILLIS = 100;

  private final Process process;
  private final int port;

  private PortkeyGateway(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Returns when it answers.
   *
   * @param checkout has its lockfile
   */
  public static PortkeyGateway start(Path checkout, Path printed)
      throws IOException, InterruptedException {
    Path packages = checkout.resolve("quickstart/src/bench/portkey-gateway");
    NodeProgram program =
        NodeProgram.install(checkout, "portkey-gateway", packages, packages.resolve(LOOPBACK));
    int port = Ports.free(1).getFirst();
    var gateway =
        new PortkeyGateway(
            program.start(
                Map.of(),
                printed,
                false,
                "--import",
                "./" + LOOPBACK,
                "node_modules/@portkey-ai/gateway/build/start-server.js",
                "--headless",
                "--port=" + port),
            port);
    for (int i = 0; i < LOOKS && gateway.process.isAlive(); i++) {
      if (gateway.isThere()) {
        return gateway;
      }
      Thread.sleep(LOOK_MILLIS);
    }
    gateway.close();
    throw new Refusal(
        ExitCode.UNAVAILABLE, "Portkey's gateway does not start: " + Files.readString(printed));
  }

  private boolean isThere() {
    try (var connection = new HttpConnection(port, Duration.ofSeconds(2))) {
      return connection.send("GET", "/", "", new byte[0]).isOk();
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Through it to an OpenAI-compatible backend on this machine. */
  public GatewayLoad.Way to(int backend) {
    return new GatewayLoad.Way(
        "Portkey",
        port,
        "none",
        Map.of(
            "x-portkey-provider",
            "openai",
            "x-portkey-custom-host",
            "http://127.0.0.1:%d/v1".formatted(backend)));
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
