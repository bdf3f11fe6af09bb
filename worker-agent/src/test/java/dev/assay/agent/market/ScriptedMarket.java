package dev.assay.agent.market;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A real HTTP server that answers as a test tells it, and keeps what it was asked. */
public final class ScriptedMarket implements AutoCloseable {
  public static final String IDLE =
      """
      {"leases":[],"idleBecause":"No job is open.","skipped":{},"serverTime":"2026-11-23T12:00:00Z"}\
      """;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Asked> asked = new CopyOnWriteArrayList<>();

  /** One request, whole. */
  public record Asked(String method, URI uri, Headers headers, String body) {}

  /** Answers with the scripts one after the other; the last goes on for ever. */
  public ScriptedMarket(HttpHandler... scripts) {
    Queue<HttpHandler> queue = new ArrayDeque<>(List.of(scripts));
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/", exchange -> answer(exchange, next(queue)));
    server.setExecutor(threads);
    server.start();
  }

  /** An answer with a body; headers are names and values in turn. */
  public static HttpHandler says(int status, String type, String body, String... headers) {
    return exchange -> {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("content-type", type);
      exchange.getResponseHeaders().set("x-request-id", "req-1");
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
      exchange.getResponseBody().write(bytes);
    };
  }

  /** An answer as our API gives it when there is no work. */
  public static HttpHandler isIdle() {
    return says(200, "application/json", IDLE);
  }

  /** A refusal as our API gives it. */
  public static HttpHandler refuses(int status, boolean retryable, String... headers) {
    return says(
        status,
        "application/problem+json",
        """
        {"type":"about:blank","title":"Not now","status":%d,"detail":"The reason.","retryable":%b}\
        """
            .formatted(status, retryable),
        headers);
  }

  public URI address() {
    return URI.create(
        "http://%s:%d"
            .formatted(server.getAddress().getHostString(), server.getAddress().getPort()));
  }

  public List<Asked> asked() {
    return List.copyOf(asked);
  }

  /** Cuts what is under way. */
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private static synchronized HttpHandler next(Queue<HttpHandler> queue) {
    return queue.size() > 1 ? queue.remove() : queue.element();
  }

  private void answer(HttpExchange exchange, HttpHandler script) throws IOException {
    try (exchange) {
      asked.add(
          new Asked(
              exchange.getRequestMethod(),
              exchange.getRequestURI(),
              exchange.getRequestHeaders(),
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
      script.handle(exchange);
    }
  }
}
