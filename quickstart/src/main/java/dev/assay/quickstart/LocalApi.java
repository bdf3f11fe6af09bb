package dev.assay.quickstart;

import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The API of the market that runs here, as its users call it. */
final class LocalApi {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int MOST_WAITS = 6;

  private final URI address;

  LocalApi(int port) {
    this(URI.create("http://127.0.0.1:" + port));
  }

  LocalApi(URI address) {
    this.address = address;
  }

  URI address() {
    return address;
  }

  /**
   * @param token empty for none
   * @throws Refusal if the API does not do it
   */
  String post(String path, String token, String json) {
    return tryPost(path, token, json)
        .orElseThrow(() -> new Refusal(ExitCode.SOFTWARE, "The API refused POST " + path + "."));
  }

  /** Nothing if the API does not do it. */
  Optional<String> tryPost(String path, String token, String json) {
    var request =
        HttpRequest.newBuilder(address.resolve(path))
            .timeout(PATIENCE)
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofString(json));
    return send(as(token, request).build());
  }

  /**
   * Nothing if the API does not answer it, or not to whom this credential belongs.
   *
   * @param token empty for none
   */
  Optional<String> get(String path, String token) {
    return send(as(token, HttpRequest.newBuilder(address.resolve(path)).timeout(PATIENCE)).build());
  }

  private static HttpRequest.Builder as(String token, HttpRequest.Builder request) {
    return token.isEmpty() ? request : request.header("authorization", "Bearer " + token);
  }

  /**
   * Posts a job and waits for its end, for minutes if need be.
   *
   * @return the job as it is then
   */
  String buy(String token, String json) {
    String job =
        send(waiting("/api/jobs", token).POST(BodyPublishers.ofString(json)).build())
            .orElseThrow(() -> new Refusal(ExitCode.SOFTWARE, "The API refused a job."));
    String id = member(job, "id");
    for (int i = 0; i < MOST_WAITS && !job.contains("\"endedAt\""); i++) {
      job =
          send(waiting("/api/jobs/" + id, token).build())
              .orElseThrow(() -> new Refusal(ExitCode.SOFTWARE, "The API forgot job " + id + "."));
    }
    return job;
  }

  private HttpRequest.Builder waiting(String path, String token) {
    return HttpRequest.newBuilder(address.resolve(path))
        .timeout(PATIENCE.multipliedBy(2))
        .header("content-type", "application/json")
        .header("authorization", "Bearer " + token)
        .header("prefer", "wait=" + PATIENCE.toSeconds());
  }

  /** Whether a credential is still good. */
  boolean knows(String token) {
    return get("/api/jobs?limit=1", token).isPresent();
  }

  /**
   * A member of a JSON object that holds a text.
   *
   * @throws IllegalStateException if there is none
   */
  static String member(String json, String name) {
    JsonNode member = JsonMapper.shared().readTree(json).path(name);
    if (!member.isString()) {
      throw new IllegalStateException("There is no text " + name + " in what was to be JSON");
    }
    return member.stringValue();
  }

  private static Optional<String> send(HttpRequest request) {
    try {
      var answer = HTTP.send(request, BodyHandlers.ofString());
      return answer.statusCode() / 100 == 2 ? Optional.of(answer.body()) : Optional.empty();
    } catch (IOException e) {
      throw new Refusal(ExitCode.SOFTWARE, "The API does not answer at " + request.uri() + ".", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refusal(ExitCode.SOFTWARE, "Stopped while asking the API.", e);
    }
  }
}
