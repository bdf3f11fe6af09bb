package dev.assay.marketplace.identity;

import dev.assay.marketplace.platform.CourtSettings;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.PersonalMessage;
import dev.assay.protocol.Signature;
import dev.assay.protocol.WalletAddress;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;

/**
 * Lets a wallet in by a signed message of EIP-4361. The nonce is looked at last, so that nobody can
 * use up another's without its signature.
 */
@Service
class SignIn {
  private static final Logger LOG = LoggerFactory.getLogger(SignIn.class);

  private final SiweTerms terms;
  private final Sessions sessions;
  private final Stakes stakes;
  private final MarketContracts contracts;
  private final RandomGenerator chance;
  private final Clock clock;

  SignIn(
      IdentitySettings settings,
      CourtSettings chain,
      Sessions sessions,
      Stakes stakes,
      MarketContracts contracts,
      RandomGenerator chance,
      Clock clock) {
    this.terms = new SiweTerms(settings.origins(), chain.id());
    this.sessions = sessions;
    this.stakes = stakes;
    this.contracts = contracts;
    this.chance = chance;
    this.clock = clock;
  }

  /**
   * @param wallet a requester's, or the worker that has bound the key which signed
   */
  record SignedIn(BearerToken.SessionToken token, Instant expiresAt, WalletAddress wallet) {}

  /**
   * @throws Problem {@link ProblemType#INVALID_BODY} for what is no message or signature, {@link
   *     ProblemType#SIGN_IN_REFUSED} for one that does not count here and now
   */
  SignedIn requester(String message, String signature) {
    var siwe = checked(message, signature);
    return begin(Caller.Audience.REQUESTER, siwe.account(), siwe);
  }

  /**
   * @throws Problem as for requesters, and {@link ProblemType#KEY_NOT_BOUND}
   */
  SignedIn worker(String message, String signature) {
    var siwe = checked(message, signature);
    var worker = stakes.ownerOf(siwe.account()).orElseThrow(() -> notBound(siwe.account()));
    return begin(Caller.Audience.WORKER, worker, siwe);
  }

  private SiweMessage checked(String message, String signature) {
    SiweMessage siwe;
    Signature signed;
    try {
      siwe = SiweMessage.parse(message);
      signed = Signature.parse(signature);
    } catch (SiweMessage.Malformed | IllegalArgumentException e) {
      throw new Problem(ProblemType.INVALID_BODY, String.valueOf(e.getMessage()));
    }
    terms
        .objection(siwe, clock.instant())
        .ifPresent(objection -> {
          throw refused(objection);
        });
    if (!signed.signerOf(PersonalMessage.digest(message)).equals(Optional.of(siwe.account()))) {
      throw refused(
          "The signature is not by the key of the address in the message. Wallets that are"
              + " contracts cannot sign in yet.");
    }
    return siwe;
  }

  private SignedIn begin(Caller.Audience audience, WalletAddress wallet, SiweMessage siwe) {
    var token = BearerToken.SessionToken.create(chance);
    Instant expiresAt =
        sessions
            .begin(token.hash(), audience, wallet, siwe.account(), siwe.nonce())
            .orElseThrow(() ->
                refused(
                    "The nonce is not one of ours, was used, or has lapsed. Ask for another and"
                        + " sign again."));
    LOG.atInfo()
        .addKeyValue("wallet", wallet)
        .addKeyValue("audience", audience)
        .addKeyValue("signedBy", siwe.account())
        .log("Signed in");
    return new SignedIn(token, expiresAt, wallet);
  }

  private Problem notBound(WalletAddress key) {
    return new Problem(
        ProblemType.KEY_NOT_BOUND,
        ("No worker has bound the session key %s. From the staked wallet send bindKey to the Stake"
                + " contract %s, with the key's consent; then sign in.")
            .formatted(key, contracts.stake()));
  }

  private static Problem refused(String why) {
    return new Problem(ProblemType.SIGN_IN_REFUSED, why);
  }
}
