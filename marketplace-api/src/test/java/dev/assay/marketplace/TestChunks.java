package dev.assay.marketplace;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A streamed completion as it comes to a client that was made for OpenAI. */
final class TestChunks implements AutoCloseable {
  private static final String DONE = "[DONE]";

  private final HttpClient client = HttpClient.newHttpClient();
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final CompletableFuture<HttpResponse<InputStream>> response;

  TestChunks(int port, String token, String body) {
    var request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:%d/v1/chat/completions".formatted(port)))
            .header("authorization", "Bearer " + token)
            .header("accept", "application/json") // as OpenAI's client has it, also here
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    response = client.sendAsync(request, BodyHandlers.ofInputStream());
    response.thenAccept(answer -> Thread.ofVirtual().start(() -> read(answer.body())));
  }

  private void read(InputStream body) {
    try (var reader = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
      }
    } catch (IOException closed) {
      // by the test
    }
  }

  /** Once there is something to tell, or nothing will be. */
  HttpResponse<InputStream> response() throws Exception {
    return response.get(30, TimeUnit.SECONDS);
  }

  /** What the next event says; comments are passed over. */
  private String data() throws InterruptedException {
    while (true) {
      String line = lines.poll(30, TimeUnit.SECONDS);
      if (line == null) {
        throw new AssertionError("Nothing came for thirty seconds.");
      }
      if (line.startsWith("data: ")) {
        return line.substring("data: ".length());
      }
      if (!line.isEmpty() && !line.startsWith(":")) {
        throw new AssertionError("No event: " + line);
      }
    }
  }

  JsonNode next() throws InterruptedException {
    return JsonMapper.shared().readTree(data());
  }

  /** Pieces until there are so many characters. */
  String says(int characters) throws InterruptedException {
    var text = new StringBuilder();
    while (text.length() < characters) {
      text.append(next().at("/choices/0/delta/content").stringValue(""));
    }
    return text.toString();
  }

  boolean isDone() throws InterruptedException {
    return data().equals(DONE);
  }

  /** As a client that hangs up; what the client has under way is not waited for. */
  @Override
  public void close() {
    client.shutdownNow();
  }
}
