package dev.assay.agent.work;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.assay.agent.market.Market;
import dev.assay.agent.market.Reply.Answered;
import dev.assay.agent.market.WorkMarket;
import dev.assay.protocol.Signer;
import dev.assay.protocol.wire.LeaseRequest;
import dev.assay.protocol.wire.SessionAnswer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;

/** Before a market: passes on what a worker asks, hears it, and can hold hand-backs up. */
final class Gateway implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final WorkMarket market;
  private final Signer sessionKey;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient onwards = HttpClient.newHttpClient();
  private final BlockingQueue<LeaseRequest> polls = new LinkedBlockingQueue<>();
  private final CountDownLatch handBackCame = new CountDownLatch(1);
  private final CountDownLatch mayHandBack = new CountDownLatch(1);

  Gateway(WorkMarket market, Signer sessionKey) throws IOException {
    this.market = market;
    this.sessionKey = sessionKey;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::pass);
    server.setExecutor(threads);
    server.start();
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  LeaseRequest awaitPoll() throws InterruptedException {
    return Optional.ofNullable(polls.poll(30, TimeUnit.SECONDS)).orElseThrow();
  }

  /** Waits until a worker hands something back, which its market does not know yet. */
  void awaitHandBack() throws InterruptedException {
    handBackCame.await();
  }

  void letHandBacksPass() {
    mayHandBack.countDown();
  }

  @Override
  public void close() {
    letHandBacksPass();
    server.stop(0);
    threads.shutdownNow();
    onwards.shutdownNow();
  }

  private void pass(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      switch (exchange.getRequestURI().getPath()) {
        case "/worker/v1/sessions" -> {
          answer(exchange, 200, "application/json", JSON.writeValueAsBytes(session()));
          return;
        }
        case "/worker/v1/leases" -> polls.add(JSON.readValue(body, LeaseRequest.class));
        case "/worker/v1/hand-backs" -> {
          handBackCame.countDown();
          mayHandBack.await();
        }
        default -> {}
      }
      HttpResponse<byte[]> reply =
          onwards.send(onwards(exchange, body), BodyHandlers.ofByteArray());
      String type = reply.headers().firstValue("content-type").orElse("");
      answer(exchange, reply.statusCode(), type, reply.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private HttpRequest onwards(HttpExchange exchange, byte[] body) {
    var request =
        HttpRequest.newBuilder(market.address().resolve(exchange.getRequestURI().toString()))
            .method(exchange.getRequestMethod(), BodyPublishers.ofByteArray(body));
    for (String name : new String[] {"authorization", "content-type"}) {
      String value = exchange.getRequestHeaders().getFirst(name);
      if (value != null) {
        request.header(name, value);
      }
    }
    return request.build();
  }

  /** The market lets in who has signed its own address. */
  private SessionAnswer session() throws InterruptedException {
    try (var link =
        new Market(market.address(), "assay-worker/1.2.3", Clock.systemUTC(), new Random(1))) {
      var reply = link.signIn(sessionKey, market.court().chainId());
      if (reply instanceof Answered<SessionAnswer>(SessionAnswer session, _)) {
        return session;
      }
      throw new AssertionError(reply);
    }
  }

  private static void answer(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("content-type", type);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }
}
