package dev.assay.quickstart.bench;

import com.sun.net.httpserver.HttpServer;
import dev.assay.protocol.wire.Lease;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * One backend that answers embeddings as OpenAI's does, called directly and through a market whose
 * workers call it. It computes nothing, so that what differs is the way.
 */
public final class GatewayLoad implements AutoCloseable {
  private static final String PATH = "/v1/embeddings";
  private static final byte[] ANSWER =
      """
      {"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPwAAAEAAAEBA"}],\
      "model":"all-minilm-l6-v2","usage":{"prompt_tokens":3,"total_tokens":3}}\
      """
          .getBytes(StandardCharsets.UTF_8);

  private final HttpServer backend;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile boolean isOver;

  /**
   * @param workers each asks for jobs until this is closed, and calls the backend for each
   */
  public GatewayLoad(List<ProtocolWorker> workers) throws IOException {
    backend = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    backend.createContext(
        PATH,
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.getResponseHeaders().add("content-type", "application/json");
          exchange.sendResponseHeaders(200, ANSWER.length);
          try (OutputStream out = exchange.getResponseBody()) {
            out.write(ANSWER);
          }
        });
    backend.setExecutor(threads);
    backend.start();
    workers.forEach(worker -> Thread.ofVirtual().start(() -> serve(worker)));
  }

  private void serve(ProtocolWorker worker) {
    try (var model = new HttpConnection(backend.getAddress().getPort(), Duration.ofSeconds(30))) {
      while (!isOver) {
        for (Lease lease : worker.lease(1, 1)) {
          ask(model, "", "lease");
          worker.send(List.of(worker.result(lease)));
        }
      }
    } catch (IOException e) {
      if (!isOver) {
        throw new IllegalStateException("a worker was not answered", e);
      }
    }
  }

  /** At the backend itself. */
  public Latencies directly(int concurrent, Duration time) throws InterruptedException {
    return run(concurrent, time, backend.getAddress().getPort(), "");
  }

  /**
   * Through the market.
   *
   * @param key of a requester
   */
  public Latencies through(int port, String key, int concurrent, Duration time)
      throws InterruptedException {
    return run(concurrent, time, port, key);
  }

  private Latencies run(int concurrent, Duration time, int port, String key)
      throws InterruptedException {
    Queue<Double> millis = new ConcurrentLinkedQueue<>();
    long until = System.nanoTime() + time.toNanos();
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < concurrent; i++) {
      int one = i;
      running.add(
          threads.submit(() -> {
            try (var connection = new HttpConnection(port, Duration.ofSeconds(60))) {
              for (int n = 0; System.nanoTime() < until; n++) {
                long from = System.nanoTime();
                ask(connection, key, one + " " + n);
                millis.add((System.nanoTime() - from) / 1e6);
              }
            }
            return null;
          }));
    }
    try {
      for (Future<?> each : running) {
        each.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("A request was not answered", e.getCause());
    }
    return Latencies.of(millis);
  }

  private static void ask(HttpConnection connection, String key, String text) throws IOException {
    byte[] body =
        """
        {"model":"all-minilm-l6-v2","input":"gateway %s","encoding_format":"base64"}\
        """
            .formatted(text)
            .getBytes(StandardCharsets.UTF_8);
    MarketClient.good("POST", PATH, connection.send("POST", PATH, key, body));
  }

  @Override
  public void close() {
    isOver = true;
    backend.stop(0);
    threads.shutdown();
  }
}
