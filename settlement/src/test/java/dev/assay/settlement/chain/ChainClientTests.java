package dev.assay.settlement.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** A node that lies is not a node of ours, so here it is played. */
class ChainClientTests {
  private static final String HASH = "0x" + "ab".repeat(32);
  private static final String BLOCK =
      """
      {"jsonrpc":"2.0","id":%d,"result":{"number":"0x10","hash":"HASH","timestamp":"0x65000000"}}\
      """
          .replace("HASH", HASH);

  private final AtomicInteger calls = new AtomicInteger();
  private HttpServer node = closedServer();
  private ChainClient client = client(1);
  private IntFunction<String> answer = BLOCK::formatted;
  private int status = 200;

  @BeforeEach
  void start() throws IOException {
    node = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    node.createContext(
        "/",
        exchange -> {
          int call = calls.incrementAndGet();
          byte[] body = answer.apply(call).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    node.start();
    client = client(node.getAddress().getPort());
  }

  @AfterEach
  void stop() {
    client.destroy();
    node.stop(0);
  }

  @Test
  void the_newest_block_is_read_with_its_hash_and_its_own_time() {
    assertThat(client.latestBlock())
        .isEqualTo(new BlockRef(16, HASH, Instant.ofEpochSecond(0x65000000L)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<html>Too many requests</html>",
        "[]",
        "null",
        "{\"jsonrpc\":\"2.0\",\"id\":%d}",
        "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":null}",
        "{\"jsonrpc\":\"2.0\",\"id\":%d,\"error\":{\"code\":-32005,\"message\":\"limit\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":999,\"result\":{\"number\":\"0x10\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{\"number\":16,\"hash\":\"HASH\",\"timestamp\":\"0x1\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{\"number\":\"0x010\",\"hash\":\"HASH\",\"timestamp\":\"0x1\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{\"number\":\"0x8000000000000000\",\"hash\":\"HASH\",\"timestamp\":\"0x1\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{\"number\":\"0x10\",\"hash\":\"0xab\",\"timestamp\":\"0x1\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":{\"number\":\"0x10\",\"hash\":\"HASH\",\"timestamp\":\"0xffffffffffffff\"}}"
      })
  void an_answer_of_another_shape_is_no_answer(String lie) {
    answer = call -> lie.replace("HASH", HASH).formatted(call);

    assertThatThrownBy(() -> client.latestBlock()).isInstanceOf(ChainUnavailable.class);
    assertThat(calls).as("an answer, even a bad one, is not asked for again").hasValue(1);
  }

  @Test
  void an_http_error_is_named_by_its_status() {
    status = 429;

    assertThatThrownBy(() -> client.chainId())
        .isInstanceOf(ChainUnavailable.class)
        .hasMessage("The EVM node answered eth_chainId with HTTP status 429");
  }

  @Test
  void a_node_that_is_away_is_asked_three_times_and_then_given_a_rest() {
    node.stop(0);

    assertThatThrownBy(() -> client.chainId())
        .isInstanceOf(ChainUnavailable.class)
        .hasMessage("The EVM node did not answer eth_chainId");
    assertThatThrownBy(
            () -> {
              client.chainId();
              client.chainId();
            })
        .isInstanceOf(ChainUnavailable.class)
        .hasMessageContaining("given a rest");
  }

  private static ChainClient client(int port) {
    var configuration = new ChainConfiguration();
    URI rpcUrl = URI.create("http://127.0.0.1:" + port);
    return new ChainClient(
        () -> List.of(rpcUrl),
        new ChainSettings(List.of(), 31337, Duration.ofSeconds(2), 8, Duration.ofSeconds(15)),
        JsonMapper.shared(),
        configuration.circuitBreakers(new SimpleMeterRegistry()),
        configuration.retries());
  }

  private static HttpServer closedServer() {
    try {
      return HttpServer.create();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
