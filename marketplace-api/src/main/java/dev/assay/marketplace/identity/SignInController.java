package dev.assay.marketplace.identity;

import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.WalletAddress;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/auth}: requesters sign in with their wallets, and out. */
@RestController
class SignInController {
  private final Nonces nonces;
  private final SignIn signIn;
  private final Sessions sessions;
  private final Credentials credentials;

  SignInController(Nonces nonces, SignIn signIn, Sessions sessions, Credentials credentials) {
    this.nonces = nonces;
    this.signIn = signIn;
    this.sessions = sessions;
    this.credentials = credentials;
  }

  /** Has no members; there need be no body at all. */
  record NonceRequest() {}

  /**
   * @param message of EIP-4361, exactly as it was signed
   * @param signature EIP-191, 65 bytes
   */
  record VerifyRequest(String message, String signature) {
    @Override
    public String toString() {
      return "VerifyRequest[not shown]";
    }
  }

  /**
   * @param accessToken sent as {@code Authorization: Bearer …}
   */
  record SignedInAnswer(String accessToken, Instant expiresAt, WalletAddress wallet) {
    @Override
    public String toString() {
      return "SignedInAnswer[wallet=%s]".formatted(wallet);
    }
  }

  /** A nonce for one sign-in by EIP-4361 (SIWE), of a requester or of a worker. */
  @Refuses(ProblemType.MARKET_FULL)
  @PostMapping("/api/auth/siwe/nonce")
  Nonces.Nonce nonce(@RequestBody(required = false) @Nullable NonceRequest none) {
    return nonces.create();
  }

  /** Signs a requester in by a signed message; the nonce is used up by it. */
  @Refuses(ProblemType.SIGN_IN_REFUSED)
  @PostMapping(path = "/api/auth/siwe/verify", consumes = MediaType.APPLICATION_JSON_VALUE)
  SignedInAnswer verify(@RequestBody VerifyRequest request) {
    var signedIn = signIn.requester(request.message(), request.signature());
    return new SignedInAnswer(signedIn.token().text(), signedIn.expiresAt(), signedIn.wallet());
  }

  /** Signs the requester out: the session's token is worth nothing from now on. */
  @DeleteMapping("/api/auth/session")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void signOut(Credential credential) {
    if (credential.caller().apiKey().isPresent()) {
      throw new Problem(
          ProblemType.FORBIDDEN,
          "A key is not a session. Its wallet revokes it by DELETE /api/keys/%s."
              .formatted(new KeyId(credential.caller().apiKey().get())));
    }
    sessions.end(credential.hash());
    credentials.forget(credential.hash());
  }
}
