package dev.assay.settlement.chain;

import dev.assay.protocol.WalletAddress;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A chain of a test's own node, with what only such a node lets one do. */
public final class TestChain {
  private final ChainClient client;
  private final RpcNode node;

  public TestChain(URI url) {
    var configuration = new ChainConfiguration();
    var settings =
        new ChainSettings(List.of(), 31337, Duration.ofSeconds(10), 8, Duration.ofSeconds(15));
    var breakers = configuration.circuitBreakers(new SimpleMeterRegistry());
    var retries = configuration.retries();
    this.client =
        new ChainClient(() -> List.of(url), settings, JsonMapper.shared(), breakers, retries);
    this.node =
        new RpcNode(
            "test",
            url,
            HttpClient.newHttpClient(),
            settings.timeout(),
            JsonMapper.shared(),
            breakers.circuitBreaker("test"),
            retries.retry("test"));
  }

  public ChainClient client() {
    return client;
  }

  public JsonNode rpc(String method, Object... params) {
    return node.once(method, params);
  }

  public void mine(long blocks) {
    rpc("anvil_mine", "0x" + Long.toHexString(blocks));
  }

  /** Replaces the newest blocks by as many empty ones. */
  public void reorganise(int depth) {
    rpc("anvil_reorg", depth, List.of());
  }

  /** The next block is that much later than this one. */
  public void pass(Duration time) {
    rpc(
        "evm_setNextBlockTimestamp",
        client.latestBlock().timestamp().getEpochSecond() + time.toSeconds());
    mine(1);
  }

  public void fund(WalletAddress wallet) {
    rpc("anvil_setBalance", wallet.hex(), "0x56bc75e2d63100000"); // 100 ether
  }

  public long time() {
    return client.latestBlock().timestamp().getEpochSecond();
  }
}
