package dev.assay.settlement.chain;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.chain.ContractError;
import dev.assay.protocol.chain.Reverted;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.retry.Retry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One EVM node. What it answers is taken for hostile until it has the right shape. */
final class RpcNode {
  /** A batch's largest answer, the logs of two thousand blocks, is a tenth of this. */
  private static final long MOST_BYTES = 64L << 20;

  private static final int MOST_WORDS = 200;

  private final String name;
  private final URI url;
  private final HttpClient http;
  private final Duration timeout;
  private final JsonMapper json;
  private final CircuitBreaker breaker;
  private final Retry retry;
  private final AtomicLong calls = new AtomicLong();

  /**
   * @param name in logs and figures; an address may hold a secret
   */
  RpcNode(
      String name,
      URI url,
      HttpClient http,
      Duration timeout,
      JsonMapper json,
      CircuitBreaker breaker,
      Retry retry) {
    this.name = name;
    this.url = url;
    this.http = http;
    this.timeout = timeout;
    this.json = json;
    this.breaker = breaker;
    this.retry = retry;
  }

  String name() {
    return name;
  }

  /** Reads are repeated when no answer came. */
  JsonNode read(String method, Object... params) {
    return guarded(() ->
        retry.executeSupplier(() -> breaker.executeSupplier(() -> post(method, List.of(params)))));
  }

  /** Never repeated here: whoever sends knows when to send again. */
  JsonNode once(String method, Object... params) {
    return guarded(() -> breaker.executeSupplier(() -> post(method, List.of(params))));
  }

  private static JsonNode guarded(Supplier<JsonNode> call) {
    try {
      return call.get();
    } catch (CallNotPermittedException e) {
      throw new ChainUnavailable("The EVM node failed too often and is given a rest", e);
    }
  }

  private JsonNode post(String method, List<?> params) {
    long id = calls.incrementAndGet();
    var body = Map.of("jsonrpc", "2.0", "id", id, "method", method, "params", params);
    var request =
        HttpRequest.newBuilder(url)
            .timeout(timeout)
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(body)))
            .build();
    try {
      var response =
          http.send(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MOST_BYTES));
      if (response.statusCode() != 200) {
        throw unavailable(method, "HTTP status " + response.statusCode());
      }
      var answer = json.readTree(response.body());
      if (answer.path("id").asLong(-1) != id) {
        throw unavailable(method, "an answer to something else");
      }
      if (answer.path("error").isObject()) {
        throw error(method, answer.path("error"));
      }
      if (answer.path("result").isMissingNode()) {
        throw unavailable(method, "neither a result nor an error");
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

  private static RuntimeException error(String method, JsonNode error) {
    String message = words(error.path("message").asString(""));
    boolean isRevert =
        error.path("code").asInt(0) == 3
            || message.toLowerCase(Locale.ROOT).startsWith("execution reverted");
    if (isRevert && (method.equals("eth_call") || method.equals("eth_estimateGas"))) {
      return new Reverted(ContractError.decode(revertData(error.path("data"))));
    }
    if (method.equals("eth_sendRawTransaction")) {
      return SendAnswer.of(message);
    }
    return unavailable(method, "an error (%s)".formatted(message));
  }

  private static Bytes revertData(JsonNode data) {
    try {
      return data.isString() ? Bytes.parse(data.stringValue()) : Bytes.EMPTY;
    } catch (IllegalArgumentException e) {
      return Bytes.EMPTY;
    }
  }

  /** A stranger's text, short and on one line, for a log or a message. */
  private static String words(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ");
    return line.length() > MOST_WORDS ? line.substring(0, MOST_WORDS) + "…" : line;
  }

  private static ChainUnavailable unavailable(String method, String answer) {
    return new ChainUnavailable("The EVM node answered %s with %s".formatted(method, answer), null);
  }
}
