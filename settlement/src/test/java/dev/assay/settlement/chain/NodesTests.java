package dev.assay.settlement.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Several nodes, some of which are away, behind, of another chain, or lie: so they are played. */
class NodesTests {
  private static final long OURS = 31337;
  private static final WalletAddress SENDER = new WalletAddress("0x%040x".formatted(7));
  private static final Digest SENT = Digest.keccak256(new byte[] {1});

  private final List<Node> nodes = new ArrayList<>();

  /** Answers what it is told to; of each block it knows one hash. */
  private static final class Node {
    final HttpServer server;
    final List<String> asked = new ArrayList<>();
    long chain = OURS;
    long height = 100;
    long finalized = 90;
    String fork = "a";
    long status = 1;
    long mined = 5;

    Node() {
      try {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      server.createContext(
          "/",
          exchange -> {
            JsonNode call = JsonMapper.shared().readTree(exchange.getRequestBody().readAllBytes());
            byte[] body =
                JsonMapper.shared()
                    .writeValueAsString(
                        Map.of(
                            "jsonrpc", "2.0", "id", call.path("id").asLong(), "result", to(call)))
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
          });
      server.start();
    }

    private synchronized Object to(JsonNode call) {
      String method = call.path("method").asString();
      asked.add(method);
      return switch (method) {
        case "eth_chainId" -> hex(chain);
        case "eth_blockNumber" -> hex(height);
        case "eth_getTransactionCount" -> hex(mined);
        case "eth_sendRawTransaction" -> SENT.toString();
        case "eth_getLogs" -> List.of();
        case "eth_getTransactionReceipt" ->
            Map.of(
                "transactionHash", SENT.toString(),
                "status", hex(status),
                "blockNumber", hex(80),
                "gasUsed", hex(21_000),
                "logs", List.of());
        case "eth_getBlockByNumber" -> block(call.path("params").path(0).asString());
        default -> throw new IllegalStateException(method);
      };
    }

    private Map<String, String> block(String name) {
      long number =
          switch (name) {
            case "latest" -> height;
            case "finalized" -> finalized;
            default -> Long.parseLong(name.substring(2), 16);
          };
      return Map.of(
          "number", hex(number),
          "hash", Digest.keccak256((fork + number).getBytes(StandardCharsets.UTF_8)).toString(),
          "timestamp", hex(1_700_000_000 + number));
    }

    private static String hex(long number) {
      return "0x" + Long.toHexString(number);
    }
  }

  @AfterEach
  void stop() {
    nodes.forEach(node -> node.server.stop(0));
  }

  private ChainClient of(int count) {
    IntStream.range(0, count).forEach(_ -> nodes.add(new Node()));
    List<URI> urls =
        nodes.stream()
            .map(node -> URI.create("http://127.0.0.1:" + node.server.getAddress().getPort()))
            .toList();
    var configuration = new ChainConfiguration();
    return new ChainClient(
        () -> urls,
        settings(),
        JsonMapper.shared(),
        configuration.circuitBreakers(new SimpleMeterRegistry()),
        configuration.retries());
  }

  private static ChainSettings settings() {
    return new ChainSettings(List.of(), OURS, Duration.ofSeconds(2), 8, Duration.ofSeconds(15));
  }

  @Test
  void when_the_first_is_away_the_second_is_asked() {
    ChainClient chain = of(2);
    nodes.getFirst().server.stop(0);

    assertThat(chain.observe(OURS).number()).isEqualTo(100);
    assertThat(chain.minedCount(SENDER)).isEqualTo(5);
  }

  @Test
  void one_that_lags_is_not_asked_until_it_has_caught_up() {
    ChainClient chain = of(2);
    nodes.getFirst().height = 91; // nine behind; eight are allowed
    nodes.getFirst().mined = 4;

    chain.observe(OURS);

    assertThat(chain.minedCount(SENDER)).isEqualTo(5);
    assertThat(chain.nodes().lag(chain.nodes().all().getFirst())).isEqualTo(9);
    nodes.getFirst().height = 92;
    chain.observe(OURS);
    assertThat(chain.minedCount(SENDER)).isEqualTo(4);
  }

  @Test
  void one_that_boasts_of_blocks_does_not_put_two_others_out() {
    ChainClient chain = of(3);
    nodes.getLast().height = 1_000_000;

    chain.observe(OURS);

    assertThat(chain.nodes().asked()).hasSize(3);
  }

  @Test
  void one_of_another_chain_is_never_asked_and_is_named() {
    ChainClient chain = of(2);
    nodes.getFirst().chain = 1;
    nodes.getFirst().mined = 400;

    chain.observe(OURS);

    assertThat(chain.minedCount(SENDER)).isEqualTo(5);
    nodes.getLast().chain = 2;
    assertThatThrownBy(() -> chain.observe(OURS))
        .isInstanceOf(ChainUnavailable.class)
        .hasMessageContaining("The EVM node chain is of chain 1, settlement.chain.id says 31337")
        .hasMessageContaining("The EVM node chain-2 is of chain 2");
  }

  @Test
  void one_of_another_chain_that_then_is_silent_is_not_asked_either() {
    ChainClient chain = of(2);
    nodes.getFirst().chain = 1;
    chain.observe(OURS);
    nodes.getFirst().server.stop(0);

    chain.observe(OURS);

    assertThat(chain.nodes().asked()).extracting(RpcNode::name).containsExactly("chain-2");
  }

  @Test
  void what_is_final_is_what_all_say_and_two_must_answer() {
    ChainClient chain = of(2);
    nodes.getLast().finalized = 88;

    assertThat(chain.finalizedBlock().number()).isEqualTo(88);
    BlockRef end = chain.finalizedBlock();
    assertThat(chain.minedCount(SENDER, end)).isEqualTo(5);
    assertThat(chain.finalReceipt(SENT)).isPresent();
    assertThat(chain.finalLogs(List.of(SENDER), 1, 88)).isEmpty();

    nodes.getLast().mined = 6;
    assertThatThrownBy(() -> chain.minedCount(SENDER, end))
        .isInstanceOf(ChainUnavailable.class)
        .hasMessageContaining("disagree");
    nodes.getLast().status = 0;
    assertThatThrownBy(() -> chain.finalReceipt(SENT)).hasMessageContaining("disagree");
    nodes.getLast().fork = "b";
    assertThatThrownBy(chain::finalizedBlock).hasMessageContaining("disagree");
    nodes.getLast().server.stop(0);
    assertThatThrownBy(chain::finalizedBlock).isInstanceOf(ChainUnavailable.class);
    assertThatThrownBy(() -> chain.finalReceipt(SENT)).isInstanceOf(ChainUnavailable.class);
  }

  @Test
  void with_three_one_that_lags_does_not_hold_finality_up() {
    ChainClient chain = of(3);
    nodes.getFirst().height = 10;
    nodes.getFirst().finalized = 5;

    chain.observe(OURS);

    assertThat(chain.finalizedBlock().number()).isEqualTo(90);
  }

  @Test
  void with_two_one_that_lags_holds_finality_up() {
    ChainClient chain = of(2);
    nodes.getFirst().height = 10;

    chain.observe(OURS);

    assertThatThrownBy(chain::finalizedBlock).isInstanceOf(ChainUnavailable.class);
  }

  @Test
  void its_figures_name_each_node() {
    ChainClient chain = of(2);
    nodes.getLast().height = 50;
    var meters = new SimpleMeterRegistry();
    var circuits = CircuitBreakerRegistry.ofDefaults();
    circuits.circuitBreaker("chain-2").transitionToOpenState();
    var head = new ChainHead(chain, settings(), circuits, Clock.systemUTC(), meters);

    head.observe();

    assertThat(meters.get("chain.node.lag").tag("node", "chain-2").gauge().value()).isEqualTo(50);
    assertThat(meters.get("chain.node.asked").tag("node", "chain-2").gauge().value()).isZero();
    assertThat(meters.get("chain.node.asked").tag("node", "chain").gauge().value()).isEqualTo(1);
    assertThat(head.health().getDetails()).containsEntry("circuits", Map.of("chain-2", "OPEN"));
  }
}
