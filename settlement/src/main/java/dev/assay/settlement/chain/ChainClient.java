package dev.assay.settlement.chain;

import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The JSON-RPC calls that settlement makes. Whatever a node answers is taken for hostile until it
 * has the right shape.
 */
@Component
public class ChainClient implements DisposableBean {
  /**
   * Up to 52 bits: more than any height, time or chain id, and safe as a long and as an Instant.
   */
  private static final Pattern QUANTITY = Pattern.compile("0x(0|[1-9a-f][0-9a-f]{0,12})");

  private static final Pattern HASH = Pattern.compile("0x[0-9a-f]{64}");

  private final HttpClient http;
  private final URI rpcUrl;
  private final Duration timeout;
  private final JsonMapper json;
  private final CircuitBreaker breaker;
  private final Retry retry;
  private final AtomicLong calls = new AtomicLong();

  ChainClient(
      ChainConnectionDetails connection,
      ChainSettings settings,
      JsonMapper json,
      CircuitBreakerRegistry breakers,
      RetryRegistry retries) {
    this.rpcUrl = connection.rpcUrl();
    this.timeout = settings.timeout();
    this.json = json;
    this.breaker = breakers.circuitBreaker("chain");
    this.retry = retries.retry("chain");
    this.http = HttpClient.newBuilder().connectTimeout(timeout).build();
  }

  /**
   * @throws ChainUnavailable if the node gives no answer that can be relied on
   */
  public BlockRef latestBlock() {
    var block = call("eth_getBlockByNumber", List.of("latest", false));
    return new BlockRef(
        quantity(block.path("number")),
        hash(block.path("hash")),
        Instant.ofEpochSecond(quantity(block.path("timestamp"))));
  }

  /**
   * @return the EIP-155 chain id
   * @throws ChainUnavailable if the node gives no answer that can be relied on
   */
  public long chainId() {
    return quantity(call("eth_chainId", List.of()));
  }

  private JsonNode call(String method, List<?> params) {
    Supplier<JsonNode> once = () -> breaker.executeSupplier(() -> post(method, params));
    try {
      return retry.executeSupplier(once);
    } catch (CallNotPermittedException e) {
      throw new ChainUnavailable("The EVM node failed too often and is given a rest", e);
    }
  }

  private JsonNode post(String method, List<?> params) {
    long id = calls.incrementAndGet();
    var body = Map.of("jsonrpc", "2.0", "id", id, "method", method, "params", params);
    var request =
        HttpRequest.newBuilder(rpcUrl)
            .timeout(timeout)
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body)))
            .build();
    try {
      var response = http.send(request, BodyHandlers.ofByteArray());
      if (response.statusCode() != 200) {
        throw unavailable(method, "HTTP status " + response.statusCode());
      }
      var answer = json.readTree(response.body());
      if (answer.path("id").asLong(-1) != id
          || !answer.path("result").isValueNode() && !answer.path("result").isObject()) {
        throw unavailable(method, "an error or an answer to something else");
      }
      return answer.path("result");
    } catch (IOException e) {
      throw new ChainUnavailable("The EVM node did not answer " + method, e);
    } catch (JacksonException e) {
      throw unavailable(method, "something that is not JSON");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ChainUnavailable("Interrupted while asking the EVM node for " + method, e);
    }
  }

  private static long quantity(JsonNode node) {
    if (node.isString() && QUANTITY.matcher(node.stringValue()).matches()) {
      return Long.parseLong(node.stringValue().substring(2), 16);
    }
    throw new ChainUnavailable("The EVM node answered a number in no known form", null);
  }

  private static String hash(JsonNode node) {
    if (node.isString() && HASH.matcher(node.stringValue()).matches()) {
      return node.stringValue();
    }
    throw new ChainUnavailable("The EVM node answered a hash in no known form", null);
  }

  private static ChainUnavailable unavailable(String method, String answer) {
    return new ChainUnavailable("The EVM node answered %s with %s".formatted(method, answer), null);
  }

  @Override
  public void destroy() {
    http.shutdownNow();
  }
}
