package dev.assay.marketplace.identity;

import dev.assay.marketplace.platform.CourtSettings;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.wire.SessionAnswer;
import dev.assay.protocol.wire.SessionRequest;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /worker/v1/sessions}: workers sign in with their session keys, and out. */
@RestController
class WorkerSessionController {
  private final SignIn signIn;
  private final Sessions sessions;
  private final Credentials credentials;
  private final CourtSettings chain;
  private final String minimumAgentVersion;

  WorkerSessionController(
      SignIn signIn,
      Sessions sessions,
      Credentials credentials,
      CourtSettings chain,
      IdentitySettings settings) {
    this.signIn = signIn;
    this.sessions = sessions;
    this.credentials = credentials;
    this.chain = chain;
    this.minimumAgentVersion = settings.minimumAgentVersion();
  }

  /** Signs a worker in by a message that its session key has signed. */
  @Refuses({ProblemType.SIGN_IN_REFUSED, ProblemType.KEY_NOT_BOUND})
  @PostMapping(path = "/worker/v1/sessions", consumes = MediaType.APPLICATION_JSON_VALUE)
  SessionAnswer begin(@RequestBody SessionRequest request) {
    var signedIn = signIn.worker(request.message(), request.signature());
    return new SessionAnswer(
        signedIn.token().text(),
        signedIn.expiresAt(),
        signedIn.wallet(),
        chain.domain(),
        minimumAgentVersion);
  }

  /** Signs the worker out: the token that asks is worth nothing from now on. */
  @DeleteMapping("/worker/v1/sessions")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void end(Credential credential) {
    sessions.end(credential.hash());
    credentials.forget(credential.hash());
  }
}
