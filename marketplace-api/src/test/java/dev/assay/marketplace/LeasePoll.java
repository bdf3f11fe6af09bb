package dev.assay.marketplace;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/** A worker as simple as can be. */
final class LeasePoll {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private LeasePoll() {}

  /**
   * @param token of a worker's session
   * @param wait for example {@code 25s}
   * @param traceparent empty for none
   */
  static HttpResponse<String> send(int port, String token, String wait, String traceparent)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:%d/worker/v1/leases?wait=%s".formatted(port, wait)))
            .header("content-type", "application/json")
            .header("authorization", "Bearer " + token)
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    """
                    {"capacity":1,"agentVersion":"test/1","sentAt":"2026-11-23T12:00:00Z"}\
                    """));
    if (!traceparent.isEmpty()) {
      request.header("traceparent", traceparent);
    }
    return HTTP.send(request.build(), BodyHandlers.ofString());
  }
}
