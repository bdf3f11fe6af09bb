package dev.assay.quickstart.bench;

import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.PersonalMessage;
import dev.assay.protocol.SignInMessage;
import dev.assay.quickstart.stack.EvmNode;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Somebody who is signed in at the market, on a connection of its own. */
public final class MarketClient implements AutoCloseable {
  static final JsonMapper JSON = JsonMapper.shared();
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final byte[] NOTHING = {};

  private final int port;
  private final HttpConnection http;
  private String token = "";

  public MarketClient(int port) {
    this.port = port;
    this.http = new HttpConnection(port, PATIENCE);
  }

  /** The same caller on another connection. */
  public MarketClient another() {
    var client = new MarketClient(port);
    client.token = token;
    return client;
  }

  public HttpConnection.Answer send(String method, String path, byte[] body) throws IOException {
    return http.send(method, path, token, body);
  }

  public HttpConnection.Answer send(String method, String path, Object body) throws IOException {
    return http.send(method, path, token, JSON.writeValueAsBytes(body));
  }

  HttpConnection.Answer get(String path) throws IOException {
    return http.send("GET", path, token, NOTHING);
  }

  /** A good answer's body; anything else is an error of whoever wrote this. */
  <T> T ask(String method, String path, Object body, Class<T> type) throws IOException {
    return JSON.readValue(good(method, path, send(method, path, body)).body(), type);
  }

  static HttpConnection.Answer good(String method, String path, HttpConnection.Answer answer)
      throws IOException {
    if (!answer.isOk()) {
      throw new IOException(
          "%s %s was answered %d %s".formatted(method, path, answer.status(), answer.text()));
    }
    return answer;
  }

  public MarketClient signInAsRequester(LocalSigner wallet, Clock clock) throws IOException {
    return signIn("/api/auth/siwe/verify", "accessToken", wallet, clock);
  }

  MarketClient signInAsWorker(LocalSigner sessionKey, Clock clock) throws IOException {
    return signIn("/worker/v1/sessions", "token", sessionKey, clock);
  }

  private MarketClient signIn(String path, String member, LocalSigner key, Clock clock)
      throws IOException {
    token = "";
    String nonce = post("/api/auth/siwe/nonce", Map.of()).path("nonce").asString();
    URI market = URI.create("http://127.0.0.1:" + port);
    String message =
        new SignInMessage(
                market, key.address(), "A bench.", EvmNode.CHAIN_ID, nonce, clock.instant())
            .text();
    JsonNode signedIn =
        post(
            path,
            Map.of("message", message, "signature", PersonalMessage.sign(message, key).toString()));
    token = signedIn.path(member).asString();
    return this;
  }

  /** Money out of nothing, by the development faucet. */
  public void fund(LocalSigner wallet, String amount) throws IOException {
    good(
        "POST",
        "faucet",
        send(
            "POST",
            "/api/development/faucet",
            Map.of("wallet", wallet.address().hex(), "amount", amount)));
  }

  private JsonNode post(String path, Object body) throws IOException {
    return JSON.readTree(good("POST", path, send("POST", path, body)).body());
  }

  /** The body of a post of one short text. */
  public static byte[] job(String id, String text) {
    return """
    {"id":"%s","model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["%s"]}}\
    """
        .formatted(id, text)
        .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    http.close();
  }
}
