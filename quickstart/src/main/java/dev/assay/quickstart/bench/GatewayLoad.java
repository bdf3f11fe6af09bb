package dev.assay.quickstart.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.ChatOutput.FinishReason;
import dev.assay.protocol.wire.Lease;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * One backend that answers as OpenAI does, at a known pace, called directly, through a market whose
 * workers call it, and through gateways. It computes nothing, so that what differs is the way.
 */
public final class GatewayLoad implements AutoCloseable {
  private static final String EMBEDDINGS = "/v1/embeddings";
  private static final String CHAT = "/v1/chat/completions";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** As long as the agent asks a market to let it wait. */
  private static final int POLL_SECONDS = 25;

  /** Of each streamed answer. */
  private static final int PIECES = 16;

  private static final String PIECE = "word ";
  private static final String DONE = "data: [DONE]";
  private static final String CONTENT = "\"content\":\"" + PIECE;

  private static final byte[] VECTOR =
      """
      {"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAAEAAAEBA"}],\
      "model":"all-minilm-l6-v2","usage":{"prompt_tokens":3,"total_tokens":3}}\
      """
          .getBytes(StandardCharsets.UTF_8);
  private static final byte[] CHUNK =
      """
      data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":0,"model":"m","choices":[{"index":0,\
      "delta":{"content":"%s"},"finish_reason":null}]}

      """
          .formatted(PIECE)
          .getBytes(StandardCharsets.UTF_8);

  private final HttpServer backend;
  private final Duration pace;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile boolean isOver;
  private volatile @Nullable IOException failure;

  static {
    // Else the JDK's server lets each piece of a stream wait for the reader's delayed
    // acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    // And a worker that had nothing to do for half a minute finds its connection closed.
    System.setProperty("sun.net.httpserver.idleInterval", "3600");
    System.setProperty("sun.net.httpserver.maxIdleConnections", "10000");
  }

  /**
   * @param workers each asks for jobs until this is closed, and calls the backend for each
   * @param pace after which the backend answers, and after which each further piece comes
   */
  public GatewayLoad(List<ProtocolWorker> workers, Duration pace) throws IOException {
    this.pace = pace;
    backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    backend.createContext(EMBEDDINGS, this::embed);
    backend.createContext(CHAT, this::talk);
    backend.setExecutor(threads);
    backend.start();
    workers.forEach(worker -> threads.submit(() -> serve(worker)));
  }

  /**
   * Whom a client asks.
   *
   * @param name of it, for who reads the report
   * @param key that it shows; empty for none
   * @param headers that its requests have besides
   */
  public record Way(String name, int port, String key, Map<String, String> headers) {
    public Way {
      headers = Map.copyOf(headers);
    }
  }

  /** Straight to the backend. */
  public Way direct() {
    return new Way("the backend", port(), "", Map.of());
  }

  public int port() {
    return backend.getAddress().getPort();
  }

  // --- The backend
  // --------------------------------------------------------------------------------

  private void embed(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    pause();
    exchange.getResponseHeaders().add("content-type", "application/json");
    exchange.sendResponseHeaders(200, VECTOR.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(VECTOR);
    }
  }

  private void talk(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    exchange.getResponseHeaders().add("content-type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      for (int i = 0; i < PIECES; i++) {
        pause();
        out.write(CHUNK);
        out.flush();
      }
      out.write((DONE + "\n\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  private void pause() throws IOException {
    try {
      Thread.sleep(pace);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the backend is closed", e);
    }
  }

  // --- The workers
  // --------------------------------------------------------------------------------

  private void serve(ProtocolWorker worker) {
    try (var model = new HttpConnection(port(), PATIENCE)) {
      while (!isOver) {
        for (Lease lease : worker.lease(1, POLL_SECONDS)) {
          if (lease.input() instanceof ChatInput) {
            ProtocolWorker.Speech speech = worker.speak(lease);
            model.hear(CHAT, "", Map.of(), chat("lease"), line -> repeat(line, speech));
            var output = new ChatOutput(speech.end(), FinishReason.LENGTH);
            worker.send(List.of(worker.result(lease, output, PIECES)));
          } else {
            embed(model, direct(), "lease");
            worker.send(List.of(worker.result(lease)));
          }
        }
      }
    } catch (IOException e) {
      if (!isOver) {
        failure = e;
      }
    }
  }

  private static void repeat(String line, ProtocolWorker.Speech speech) throws IOException {
    if (line.contains(CONTENT)) {
      speech.say(PIECE);
    }
  }

  // --- The clients
  // --------------------------------------------------------------------------------

  /** Whole answers to embeddings, by so many clients that ask one after the other. */
  public Latencies embeddings(Way way, int concurrent, Duration time) throws InterruptedException {
    Queue<Double> millis = new ConcurrentLinkedQueue<>();
    await(begin(way, concurrent, during(time), embedding(way, millis)));
    return Latencies.of(millis);
  }

  /** The next answers to embeddings that one client asks. */
  public Latencies embeddings(Way way, int requests) throws InterruptedException {
    Queue<Double> millis = new ConcurrentLinkedQueue<>();
    await(begin(way, 1, asked -> asked < requests, embedding(way, millis)));
    return Latencies.of(millis);
  }

  /** Both kinds of questions at once, by half of the clients each, and nothing is measured. */
  public void warmUp(Way way, int concurrent, Duration time) throws InterruptedException {
    int half = Math.max(1, concurrent / 2);
    List<Future<?>> running = new ArrayList<>();
    running.addAll(begin(way, half, during(time), embedding(way, new ConcurrentLinkedQueue<>())));
    running.addAll(begin(way, half, during(time), chat(way, (_, _) -> {})));
    await(running);
  }

  private static Question embedding(Way way, Queue<Double> millis) {
    return (connection, text) -> {
      long from = System.nanoTime();
      embed(connection, way, text);
      millis.add(since(from));
    };
  }

  /**
   * Of streamed chats.
   *
   * @param first until the first piece
   * @param between from a piece to the next
   */
  public record Streamed(Latencies first, Latencies between) {}

  public Streamed chats(Way way, int concurrent, Duration time) throws InterruptedException {
    Queue<Double> first = new ConcurrentLinkedQueue<>();
    Queue<Double> between = new ConcurrentLinkedQueue<>();
    await(
        begin(
            way,
            concurrent,
            during(time),
            chat(
                way,
                (number, millis) -> {
                  Queue<Double> place = number == 0 ? first : between;
                  place.add(millis);
                })));
    return new Streamed(Latencies.of(first), Latencies.of(between));
  }

  /** Takes what was waited for each piece of an answer, numbered from 0. */
  private interface Pieces {
    void on(int number, double millis);
  }

  private static Question chat(Way way, Pieces heard) {
    return (connection, text) -> {
      List<Double> pieces = new ArrayList<>();
      long from = System.nanoTime();
      connection.hear(
          CHAT,
          way.key(),
          way.headers(),
          chat(text),
          line -> {
            if (line.contains(CONTENT)) {
              pieces.add(since(from));
            } else if (line.contains("\"error\"")) {
              throw new IOException("A stream was cut: " + line);
            }
          });
      if (pieces.isEmpty()) {
        throw new IOException("A stream had nothing to tell");
      }
      heard.on(0, pieces.getFirst());
      for (int i = 1; i < pieces.size(); i++) {
        heard.on(i, pieces.get(i) - pieces.get(i - 1));
      }
    };
  }

  private interface Question {
    void ask(HttpConnection connection, String text) throws IOException;
  }

  private static IntPredicate during(Duration time) {
    long until = System.nanoTime() + time.toNanos();
    return _ -> System.nanoTime() < until;
  }

  /**
   * @param goesOn whether a client that has asked so many questions asks another
   */
  private List<Future<?>> begin(Way way, int concurrent, IntPredicate goesOn, Question question) {
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < concurrent; i++) {
      int one = i;
      running.add(
          threads.submit(() -> {
            try (var connection = new HttpConnection(way.port(), PATIENCE)) {
              for (int n = 0; goesOn.test(n); n++) {
                question.ask(connection, one + " " + n);
              }
            } catch (IOException e) {
              throw new IOException("Client %d of %s".formatted(one, way.name()), e);
            }
            return null;
          }));
    }
    return running;
  }

  private void await(List<Future<?>> running) throws InterruptedException {
    try {
      for (Future<?> each : running) {
        each.get();
      }
    } catch (ExecutionException e) {
      checkWorkers(); // more likely than anything else it is for want of them
      throw new IllegalStateException("A request was not answered", e.getCause());
    }
    checkWorkers();
  }

  private void checkWorkers() {
    IOException failed = failure;
    if (failed != null) {
      throw new IllegalStateException("A worker has given up", failed);
    }
  }

  private static double since(long from) {
    return (System.nanoTime() - from) / 1e6;
  }

  private static void embed(HttpConnection connection, Way way, String text) throws IOException {
    byte[] body =
        """
        {"model":"all-minilm-l6-v2","input":"gateway %s","encoding_format":"base64"}\
        """
            .formatted(text)
            .getBytes(StandardCharsets.UTF_8);
    MarketClient.good(
        "POST", EMBEDDINGS, connection.send("POST", EMBEDDINGS, way.key(), way.headers(), body));
  }

  private static byte[] chat(String text) {
    return """
    {"model":"tiny-words","stream":true,"max_tokens":%d,"messages":[{"role":"user","content":"%s"}]}\
    """
        .formatted(PIECES, text)
        .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    isOver = true;
    backend.stop(0);
    threads.shutdown();
  }
}
