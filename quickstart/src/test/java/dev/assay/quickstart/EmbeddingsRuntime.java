package dev.assay.quickstart;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.assay.agent.backend.Answer;
import dev.assay.agent.backend.OnnxEmbeddings;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.KnownModels;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** The real model behind the HTTP that runtimes speak, for workers that are not ours. */
final class EmbeddingsRuntime implements AutoCloseable {
  private static final Pattern INPUT = Pattern.compile("\"input\"\\s*:\\s*\"([^\"\\\\]*)\"");

  private final OnnxEmbeddings model;
  private final HttpServer server;

  EmbeddingsRuntime(Path store) throws IOException {
    this.model = new OnnxEmbeddings(store);
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.createContext("/v1/embeddings", this::embed);
    server.start();
  }

  String baseUrl() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
  }

  float[] vector(String text) throws Exception {
    return ((EmbeddingsOutput) run(text).output()).vector(0);
  }

  private Answer run(String text) throws Exception {
    return model.run(KnownModels.ALL_MINILM_L6_V2.digest(), new EmbeddingsInput(List.of(text)));
  }

  private void embed(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    var input = INPUT.matcher(body);
    if (!input.find()) {
      exchange.sendResponseHeaders(400, -1);
      return;
    }
    try {
      Answer answer = run(input.group(1));
      float[] vector = ((EmbeddingsOutput) answer.output()).vector(0);
      byte[] json =
          """
          {"object":"list","data":[{"object":"embedding","index":0,"embedding":%s}],
           "usage":{"prompt_tokens":%d,"total_tokens":%d}}\
          """
              .formatted(Arrays.toString(vector), answer.inputUnits(), answer.inputUnits())
              .getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("content-type", "application/json");
      exchange.sendResponseHeaders(200, json.length);
      exchange.getResponseBody().write(json);
    } catch (Exception e) {
      exchange.sendResponseHeaders(500, -1);
    } finally {
      exchange.close();
    }
  }

  @Override
  public void close() {
    server.stop(0);
    model.close();
  }
}
