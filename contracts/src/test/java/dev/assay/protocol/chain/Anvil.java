package dev.assay.protocol.chain;

import dev.assay.json.JsonRpcChain;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** A real EVM node on a free port of the loopback. It dies with this JVM, however that dies. */
public final class Anvil implements AutoCloseable {
  private static final Pattern LISTENING = Pattern.compile("Listening on (127\\.0\\.0\\.1:\\d+)");

  /** The shell kills the node when our end of its standard input closes: also after kill -9. */
  private static final String GUARD = "\"$@\" </dev/null & node=$!; cat >/dev/null; kill $node";

  private final Process guard;
  private final URI url;
  private final HttpClient http = HttpClient.newHttpClient();

  private Anvil(Process guard, URI url) {
    this.guard = guard;
    this.url = url;
  }

  public static Anvil start() {
    try {
      Process guard =
          new ProcessBuilder(
                  "sh",
                  "-c",
                  GUARD,
                  "guard",
                  Path.of("node_modules/.bin/anvil").toString(),
                  "--host=127.0.0.1",
                  "--port=0",
                  "--hardfork=osaka",
                  "--enable-tx-gas-limit", // EIP-7825, which it does not enforce by itself
                  "--slots-in-an-epoch=1")
              .redirectErrorStream(true)
              .start();
      BufferedReader output =
          new BufferedReader(new InputStreamReader(guard.getInputStream(), StandardCharsets.UTF_8));
      StringBuilder said = new StringBuilder();
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        said.append(line).append('\n');
        var listening = LISTENING.matcher(line);
        if (listening.find()) {
          // Nobody reads on; a full pipe would stop the node.
          Thread.ofVirtual().start(() -> drain(guard));
          return new Anvil(guard, URI.create("http://" + listening.group(1)));
        }
      }
      throw new IllegalStateException("anvil did not start: " + said);
    } catch (IOException e) {
      throw new IllegalStateException("anvil did not start", e);
    }
  }

  private static void drain(Process guard) {
    try {
      guard.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (IOException ignored) { // it is gone
    }
  }

  public long pid() {
    return guard.pid();
  }

  /**
   * @throws Reverted if the node says that a contract refused
   */
  public JsonNode rpc(String method, Object... params) {
    return JsonRpcChain.ask(http, url, method, params);
  }

  @Override
  public void close() {
    try {
      guard.getOutputStream().close();
      guard.waitFor();
    } catch (IOException e) {
      throw new IllegalStateException("anvil was not stopped", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    http.close();
  }
}
