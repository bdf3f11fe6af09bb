package dev.assay.marketplace.identity;

import dev.assay.marketplace.Http;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.PersonalMessage;
import dev.assay.protocol.WalletAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Somebody with a key: signs in by HTTP alone, as a stranger's program would. */
public final class TestWallet {
  /** Where the market of a module test says that it is. */
  public static final String ORIGIN = "https://market.example";

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
    var answer = Http.send(port, "POST", path, "", signedMessage(port));
    if (answer.statusCode() != 200) {
      throw new AssertionError("Not signed in: " + answer.body());
    }
    return Http.read(answer).path(member).stringValue();
  }

  /** The body of a sign-in, good for one. */
  public String signedMessage(int port) {
    String message = message(nonce(port), Instant.now());
    return body(message, sign(message));
  }

  static String nonce(int port) {
    return Http.read(Http.send(port, "POST", "/api/auth/siwe/nonce", "", "{}"))
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
}
