package dev.assay.marketplace.identity;

import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.PersonalMessage;
import dev.assay.protocol.WalletAddress;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Somebody with a key: signs in by HTTP alone, as a stranger's program would. */
public final class TestWallet {
  /** Where the market of a module test says that it is. */
  public static final String ORIGIN = "https://market.example";

  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final SecureRandom CHANCE = new SecureRandom();

  private final LocalSigner signer;
  private final URI origin;

  private TestWallet(LocalSigner signer, URI origin) {
    this.signer = signer;
    this.origin = origin;
  }

  /** With a new key. */
  public static TestWallet create() {
    return new TestWallet(LocalSigner.create(CHANCE), URI.create(ORIGIN));
  }

  /** For a market that says that it is elsewhere. */
  public TestWallet at(URI otherOrigin) {
    return new TestWallet(signer, otherOrigin);
  }

  /** For what else its owner signs. */
  public LocalSigner signer() {
    return signer;
  }

  public WalletAddress address() {
    return signer.address();
  }

  /** As a requester. Returns what to send as {@code Authorization: Bearer …}. */
  public String signIn(int port) {
    return signIn(port, "/api/auth/siwe/verify", "accessToken");
  }

  /** As a worker's session key, which must be bound. */
  public String signInAsWorker(int port) {
    return signIn(port, "/worker/v1/sessions", "token");
  }

  private String signIn(int port, String path, String member) {
    String message = message(nonce(port), Instant.now());
    var answer = post(port, path, body(message, sign(message)));
    if (answer.statusCode() != 200) {
      throw new AssertionError("Not signed in: " + answer.body());
    }
    return JSON.readTree(answer.body()).path(member).stringValue();
  }

  static String nonce(int port) {
    return JSON.readTree(post(port, "/api/auth/siwe/nonce", "{}").body())
        .path("nonce")
        .stringValue();
  }

  String message(String nonce, Instant issuedAt) {
    return """
    %s wants you to sign in with your Ethereum account:
    %s

    No money moves by this.

    URI: %s/
    Version: 1
    Chain ID: 31337
    Nonce: %s
    Issued At: %s\
    """
        .formatted(origin.getRawAuthority(), address().checksummed(), origin, nonce, issuedAt);
  }

  String sign(String message) {
    return PersonalMessage.sign(message, signer).toString();
  }

  static String body(String message, String signature) {
    return JSON.writeValueAsString(Map.of("message", message, "signature", signature));
  }

  static HttpResponse<String> post(int port, String path, String body) {
    return send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofString(body)));
  }

  /**
   * @param body empty for none
   */
  static HttpResponse<String> send(
      int port, String method, String path, String token, String body) {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (!body.isEmpty()) {
      request.header("content-type", "application/json");
    }
    if (!token.isEmpty()) {
      request.header("authorization", "Bearer " + token);
    }
    return send(request);
  }

  static HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return HTTP.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
