package dev.assay.marketplace;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Requests to the market under test, as the actors of the tests make them. */
public final class Http {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final JsonMapper JSON = JsonMapper.shared();

  private Http() {}

  /**
   * @param token empty for none
   * @param body null for none; a text is sent as it is, anything else as JSON
   */
  public static HttpResponse<String> send(
      int port,
      String method,
      String path,
      String token,
      @Nullable Object body,
      Map<String, String> headers) {
    var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
    if (body == null) {
      request.method(method, BodyPublishers.noBody());
    } else {
      String text = body instanceof String it ? it : JSON.writeValueAsString(body);
      request.method(method, BodyPublishers.ofString(text));
      request.header("content-type", "application/json");
    }
    if (!token.isEmpty()) {
      request.header("authorization", "Bearer " + token);
    }
    headers.forEach(request::header);
    return send(request);
  }

  /** What the other methods have no words for. */
  public static HttpResponse<String> send(HttpRequest.Builder unusual) {
    HttpRequest request = unusual.build();
    try {
      return CLIENT.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(request + " was not answered", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  public static HttpResponse<String> send(
      int port, String method, String path, String token, @Nullable Object body) {
    return send(port, method, path, token, body, Map.of());
  }

  public static int status(
      int port, String method, String path, String token, @Nullable Object body) {
    return send(port, method, path, token, body).statusCode();
  }

  /** What a successful answer says. */
  public static <T> T json(
      int port, String method, String path, String token, @Nullable Object body, Class<T> type) {
    var answer = send(port, method, path, token, body);
    if (answer.statusCode() / 100 != 2) {
      throw new AssertionError(
          method + " " + path + ": " + answer.statusCode() + " " + answer.body());
    }
    return JSON.readValue(answer.body(), type);
  }

  public static JsonNode read(HttpResponse<String> answer) {
    return JSON.readTree(answer.body());
  }
}
