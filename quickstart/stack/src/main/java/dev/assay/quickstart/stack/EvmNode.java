package dev.assay.quickstart.stack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A real EVM (anvil, from the npm lockfile of {@code contracts}) in a home. It mines a block for
 * each transaction; a block is final two epochs later.
 *
 * @param address where it listens
 */
public record EvmNode(EvmNodeAddress address, ChildProcess process) implements Server {
  /** The chain id of local development. */
  public static final long CHAIN_ID = 31337;

  private static final Duration READY_WITHIN = Duration.ofSeconds(30);
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /**
   * Returns when it can be used. An epoch is one block, so a block is final two blocks later.
   *
   * @param checkout the folder that holds {@code contracts/}
   */
  public static EvmNode start(Home home, int port, Path checkout) {
    return start(home, port, checkout, 1);
  }

  /**
   * @param slots of an epoch
   */
  public static EvmNode start(Home home, int port, Path checkout, int slots) {
    Path anvil = checkout.resolve("contracts/node_modules/.bin/anvil");
    if (!Files.isExecutable(anvil)) {
      throw new Refusal(
          ExitCode.UNAVAILABLE,
          "The EVM node is not installed (%s is missing). Run: npm ci --prefix %s"
              .formatted(anvil, checkout.resolve("contracts")));
    }
    Path state = home.resolve("chain/state.json");
    try {
      Files.createDirectories(state.getParent());
    } catch (IOException e) {
      throw Refusal.because("prepare " + state.getParent(), e);
    }
    List<String> command = new ArrayList<>(List.of(anvil.toString(), "--silent"));
    command.addAll(List.of("--host", "127.0.0.1", "--port", String.valueOf(port)));
    command.addAll(List.of("--chain-id", String.valueOf(CHAIN_ID)));
    command.addAll(List.of("--slots-in-an-epoch", "" + slots, "--enable-tx-gas-limit"));
    command.addAll(List.of("--state", state.toString()));
    // States in memory only, as many as without this: those that it takes back from its disk lack
    // the contracts' code, so that after a thousand blocks a deep reorganisation would lose it.
    command.addAll(List.of("--prune-history", "500"));
    if (!home.isThrowAway()) {
      command.addAll(List.of("--state-interval", "1")); // else a kill would lose the chain
    }
    var address = new EvmNodeAddress(URI.create("http://127.0.0.1:" + port), CHAIN_ID);
    var process =
        ChildProcess.start(
            home,
            new ChildSpec(
                "evm-node",
                command,
                port,
                Map.of(),
                StopSignal.TERM,
                () -> answers(address.rpcUrl()),
                READY_WITHIN));
    process.awaitReady();
    return new EvmNode(address, process);
  }

  private static boolean answers(URI rpcUrl) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(rpcUrl)
            .timeout(Duration.ofSeconds(2))
            .header("content-type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[]}"))
            .build();
    String answer = HTTP.send(request, BodyHandlers.ofString()).body();
    return answer.contains("\"0x%x\"".formatted(CHAIN_ID));
  }
}
