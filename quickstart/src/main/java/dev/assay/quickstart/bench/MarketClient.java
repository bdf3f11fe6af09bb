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
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Somebody who is signed in at the market, on a connection of its own. */
public final class MarketClient implements AutoCloseable {
  static final JsonMapper JSON = JsonMapper.shared();
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
  private static final Duration PATIENCE = LONGEST_WAIT.plusSeconds(10);
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

  /**
   * Posts a job and waits for its end.
   *
   * @throws IOException also if it has no answer
   */
  void buy(byte[] job) throws IOException {
    Map<String, String> prefer = Map.of("Prefer", "wait=" + LONGEST_WAIT.toSeconds());
    String bought = good("POST", "job", http.send("POST", "/api/jobs", token, prefer, job)).text();
    if (!bought.contains("\"status\":\"attested\"")) { // parsed, it would cost what is measured
      throw new IOException("A job has no answer: " + bought);
    }
  }

  HttpConnection.Saying begin(String path, String type) throws IOException {
    return http.begin(path, token, type);
  }

  HttpConnection.Answer get(String path) throws IOException {
    return http.send("GET", path, token, NOTHING);
  }

  /** A good answer's body; anything else is an error of whoever wrote this. */
  <T> T ask(String method, String path, Object body, Class<T> type) throws IOException {
    return read(method, path, send(method, path, body), type);
  }

  static <T> T read(String method, String path, HttpConnection.Answer answer, Class<T> type)
      throws IOException {
    return JSON.readValue(good(method, path, answer).body(), type);
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
    var signedIn = good("POST", path, ask(path, key, clock));
    token = JSON.readTree(signedIn.body()).path(member).asString();
    return this;
  }

  private HttpConnection.Answer ask(String path, LocalSigner key, Clock clock) throws IOException {
    token = "";
    String nonce = post("/api/auth/siwe/nonce", Map.of()).path("nonce").asString();
    URI market = URI.create("http://127.0.0.1:" + port);
    String message =
        new SignInMessage(
                market, key.address(), "A bench.", EvmNode.CHAIN_ID, nonce, clock.instant())
            .text();
    return send(
        "POST",
        path,
        Map.of("message", message, "signature", PersonalMessage.sign(message, key).toString()));
  }

  /** Returns when the market has heard from the chain for whom the key signs. */
  public void awaitBound(LocalSigner sessionKey, Clock clock) throws IOException {
    awaitNews("a worker's key", () -> ask("/worker/v1/sessions", sessionKey, clock).isOk());
  }

  /** The secret of a new API key of this requester. */
  public String mintKey(List<String> scopes) throws IOException {
    return post("/api/keys", Map.of("name", "bench", "scopes", scopes)).path("secret").asString();
  }

  /** Returns when the market has heard from the chain what this requester may spend. */
  public void awaitMoney() throws IOException {
    awaitNews("the requester's deposit", () -> !account().path("available").asString().equals("0"));
  }

  /** The requester's purse, as the API shows it. */
  public JsonNode account() throws IOException {
    return JSON.readTree(good("GET", "account", get("/api/account")).body());
  }

  /** Whether the market knows something by now. */
  @FunctionalInterface
  private interface Known {
    boolean isKnown() throws IOException;
  }

  private static void awaitNews(String what, Known news) throws IOException {
    for (int i = 0; i < 900; i++) {
      if (news.isKnown()) {
        return;
      }
      LockSupport.parkNanos(100_000_000);
    }
    throw new IOException("The market has not heard of " + what + " within 90 s.");
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
