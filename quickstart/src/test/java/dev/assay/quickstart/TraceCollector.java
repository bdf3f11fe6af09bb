package dev.assay.quickstart;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Where processes send their traces, as an OpenTelemetry collector. It knows no Protocol Buffers: a
 * trace's 16 bytes and the names in a message stand in it as they are.
 */
final class TraceCollector implements AutoCloseable {
  private final HttpServer server;

  /** Each of one process, which it names; kept byte for byte. */
  private final List<String> messages = new CopyOnWriteArrayList<>();

  TraceCollector() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/v1/traces",
        exchange -> {
          messages.add(
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
  }

  /** What makes a process send them here. */
  Map<String, String> environment() {
    return Map.of(
        "MANAGEMENT_OPENTELEMETRY_TRACING_EXPORT_OTLP_ENDPOINT",
        "http://127.0.0.1:%d/v1/traces".formatted(server.getAddress().getPort()));
  }

  /**
   * Whether that process has told of a span of this name in this trace.
   *
   * @param trace 32 hexadecimal digits
   */
  boolean wasTold(String process, String trace, String span) {
    String bytes = new String(HexFormat.of().parseHex(trace), StandardCharsets.ISO_8859_1);
    return messages.stream()
        .anyMatch(message ->
            message.contains(process) && message.contains(bytes) && message.contains(span));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
