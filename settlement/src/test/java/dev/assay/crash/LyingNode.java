package dev.assay.crash;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.json.JsonMapper;

/** Stands before a node and passes on what it says, or something else, some times. */
final class LyingNode implements AutoCloseable {
  /** What it does to a call. */
  enum Lie {
    NONE(""),
    /** The transaction arrives and its answer does not. */
    LOST_ANSWER("eth_sendRawTransaction"),
    /** The transaction is mined and the node does not show it yet. */
    NO_RECEIPT("eth_getTransactionReceipt"),
    TOO_MANY_REQUESTS("eth_"),
    HTML("eth_"),
    /** The chain goes on and no other block becomes final. */
    STALLED_FINALITY("eth_getBlockByNumber");

    private final String method;

    Lie(String method) {
      this.method = method;
    }
  }

  private final URI node;
  private final HttpServer server;
  private final HttpClient http = HttpClient.newHttpClient();
  private final AtomicInteger left = new AtomicInteger();
  private final AtomicInteger told = new AtomicInteger();
  private volatile String end = "finalized";
  private volatile Lie lie = Lie.NONE;

  LyingNode(URI node) {
    this.node = node;
    try {
      this.server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /**
   * @param times how many calls are answered so
   */
  void tell(Lie lie, int times) {
    if (lie == Lie.STALLED_FINALITY) {
      end = finalBlock();
    }
    left.set(times);
    told.set(0);
    this.lie = lie;
  }

  /** How many calls were answered with the present lie. */
  int told() {
    return told.get();
  }

  private String finalBlock() {
    try {
      byte[] block =
          ask(
              """
              {"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["finalized",false]}\
              """
                  .getBytes(StandardCharsets.UTF_8));
      return JsonMapper.shared().readTree(block).at("/result/number").asString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    byte[] call = exchange.getRequestBody().readAllBytes();
    Lie now =
        new String(call, StandardCharsets.UTF_8).contains("\"" + lie.method)
                && left.getAndUpdate(n -> Math.max(0, n - 1)) > 0
            ? lie
            : Lie.NONE;
    if (now != Lie.NONE) {
      told.incrementAndGet();
    }
    byte[] truth = now == Lie.TOO_MANY_REQUESTS ? new byte[0] : ask(call);
    switch (now) {
      case NONE -> reply(exchange, 200, truth);
      case LOST_ANSWER -> exchange.close();
      case NO_RECEIPT ->
          reply(
              exchange,
              200,
              new String(truth, StandardCharsets.UTF_8)
                  .replaceFirst("\"result\":.*}", "\"result\":null}")
                  .getBytes(StandardCharsets.UTF_8));
      case TOO_MANY_REQUESTS -> reply(exchange, 429, truth);
      case STALLED_FINALITY ->
          reply(
              exchange,
              200,
              ask(
                  new String(call, StandardCharsets.UTF_8)
                      .replace("\"finalized\"", "\"" + end + "\"")
                      .getBytes(StandardCharsets.UTF_8)));
      case HTML -> reply(exchange, 200, "<html>busy</html>".getBytes(StandardCharsets.UTF_8));
    }
  }

  private byte[] ask(byte[] call) throws IOException {
    var request =
        HttpRequest.newBuilder(node)
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(call))
            .build();
    try {
      return http.send(request, BodyHandlers.ofByteArray()).body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  private static void reply(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
    http.shutdownNow();
  }
}
