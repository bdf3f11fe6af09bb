package dev.assay.agent.backend;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.assay.protocol.content.ChatInput;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A language model of words over real HTTP: it has counted which word follows which two in a short
 * text and samples from that with the seed it is given. It speaks OpenAI's streaming protocol a
 * token at a time, as llama.cpp's server does, and stops when whoever asked hangs up.
 */
public final class TinyRuntime implements AutoCloseable {
  private static final String TEXT =
      """
      a market for work that nobody can see must weigh what it buys and a market that weighs must
      weigh by chance or else the weighed will know when to be honest so a worker that signs what
      it made can be held to what it signed and a requester that pays for what was made can be
      told how sure it may be of what it paid for and when the market weighs by chance the worker
      that is honest has nothing to fear and the worker that cheats will be found in the end
      """;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<List<String>, List<String>> following = new HashMap<>();
  private final List<String> words;
  private final Duration perToken;
  private final CountDownLatch hungUp = new CountDownLatch(1);
  private final Semaphore allowed = new Semaphore(Integer.MAX_VALUE);

  /**
   * @param perToken how long it thinks about each
   */
  public TinyRuntime(Duration perToken) {
    this.perToken = perToken;
    words = List.of(TEXT.strip().split("\\s+"));
    for (int i = 0; i < words.size(); i++) {
      following
          .computeIfAbsent(List.of(word(i), word(i + 1)), _ -> new ArrayList<>())
          .add(word(i + 2));
    }
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/v1/models", TinyRuntime::models);
    server.createContext("/v1/chat/completions", this::complete);
    server.setExecutor(threads);
    server.start();
  }

  public URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** From now on it makes only so many tokens, of all requests together. */
  public void allow(int tokens) {
    allowed.drainPermits();
    allowed.release(tokens);
  }

  /** Waits until somebody has hung up on it in the middle of an answer. */
  public boolean awaitHangUp() throws InterruptedException {
    return hungUp.await(30, TimeUnit.SECONDS);
  }

  /** What it will say; the same question with the same seed has the same answer. */
  public List<String> says(ChatInput input) {
    return says(input.seed(), input.maxTokens());
  }

  private List<String> says(int seed, int most) {
    var chance = new Random(seed);
    int at = chance.nextInt(words.size());
    List<String> said = new ArrayList<>(List.of(word(at) + " ", word(at + 1) + " "));
    String before = word(at);
    String last = word(at + 1);
    while (said.size() < most) {
      List<String> next = following.getOrDefault(List.of(before, last), words);
      before = last;
      last = next.get(chance.nextInt(next.size()));
      said.add(last + " ");
    }
    return said.subList(0, most);
  }

  private String word(int index) {
    return words.get(index % words.size());
  }

  private static void models(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(200, 0);
      exchange
          .getResponseBody()
          .write(
              """
              {"object":"list","data":[{"id":"tiny-words","object":"model","owned_by":"llamacpp",
               "meta":{"n_ctx_train":2048,"n_params":80,"size":500}}]}
              """
                  .getBytes(StandardCharsets.UTF_8));
    }
  }

  private void complete(HttpExchange exchange) throws IOException {
    JsonNode asked = JSON.readTree(exchange.getRequestBody().readAllBytes());
    List<String> tokens = says(asked.path("seed").asInt(), asked.path("max_tokens").asInt());
    int prompt = 0;
    for (JsonNode message : asked.path("messages")) {
      prompt += message.path("content").asString("").split("\\s+").length;
    }
    try (exchange) {
      exchange.getResponseHeaders().set("content-type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      OutputStream body = exchange.getResponseBody();
      for (String token : tokens) {
        think(body);
        LockSupport.parkNanos(perToken.toNanos());
        say(
            body,
            Map.of("choices", List.of(Map.of("index", 0, "delta", Map.of("content", token)))));
      }
      say(
          body,
          Map.of(
              "choices",
              List.of(Map.of("index", 0, "delta", Map.of(), "finish_reason", "length"))));
      say(
          body,
          Map.of(
              "choices",
              List.of(),
              "usage",
              Map.of("prompt_tokens", prompt, "completion_tokens", tokens.size())));
      body.write("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
    } catch (IOException gone) {
      hungUp.countDown();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Says that it lives while it may not go on, as servers do behind slow models: a comment that
   * clients skip. Only by writing does it learn that whoever asked has hung up.
   */
  private void think(OutputStream body) throws IOException, InterruptedException {
    while (!allowed.tryAcquire(20, TimeUnit.MILLISECONDS)) {
      body.write(": thinking\n\n".getBytes(StandardCharsets.UTF_8));
      body.flush();
    }
  }

  private static void say(OutputStream body, Map<String, Object> event) throws IOException {
    body.write(
        ("data: " + JSON.writeValueAsString(event) + "\n\n").getBytes(StandardCharsets.UTF_8));
    body.flush();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
