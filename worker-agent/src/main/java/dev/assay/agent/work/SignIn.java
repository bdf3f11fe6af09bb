package dev.assay.agent.work;

import dev.assay.agent.backend.ServedModel;
import dev.assay.agent.market.KnownModel;
import dev.assay.agent.market.Market;
import dev.assay.agent.market.MarketTerms;
import dev.assay.agent.market.Reply;
import dev.assay.agent.market.Reply.Answered;
import dev.assay.protocol.Signer;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.OfferBook;
import dev.assay.protocol.wire.SessionAnswer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** How a worker is let in: what it hears before it signs anything, and what it sells then. */
final class SignIn {
  private final WorkLoop.Plan plan;
  private final Market market;
  private final Signer sessionKey;
  private final Catalogue catalogue;
  private final Readiness readiness;
  private final CourtPin pin;

  /** What a market says to one that it lets in. */
  record Welcome(MarketTerms terms, SessionAnswer session, List<KnownModel> models) {
    Welcome {
      models = List.copyOf(models);
    }
  }

  /**
   * What is sold at one market.
   *
   * @param names of the models
   */
  record Offer(OfferBook book, List<String> names) {
    Offer {
      names = List.copyOf(names);
    }
  }

  SignIn(
      WorkLoop.Plan plan,
      Market market,
      Signer sessionKey,
      Catalogue catalogue,
      Readiness readiness,
      Path home) {
    this.plan = plan;
    this.market = market;
    this.sessionKey = sessionKey;
    this.catalogue = catalogue;
    this.readiness = readiness;
    this.pin = new CourtPin(home);
  }

  /** Who signs in. */
  WalletAddress key() {
    return sessionKey.address();
  }

  /** Names of what runs here. */
  List<String> models() {
    return catalogue.names();
  }

  Reply<Welcome> ask() throws InterruptedException {
    Reply<MarketTerms> terms = market.terms();
    if (!(terms instanceof Answered<MarketTerms>(MarketTerms known, _))) {
      return terms.map(SignIn::impossible);
    }
    Reply<SessionAnswer> signedIn = market.signIn(sessionKey, known.chainId());
    if (!(signedIn instanceof Answered<SessionAnswer>(SessionAnswer answer, _))) {
      return signedIn.map(SignIn::impossible);
    }
    return market.models().map(models -> new Welcome(known, answer, models));
  }

  /** Why this market gets no signature of ours, as sentences; nothing if it may. */
  Optional<String> objection(Welcome welcome) {
    SessionAnswer session = welcome.session();
    if (!session.court().equals(welcome.terms().courtDomain())) {
      return Optional.of(
          "The market names two courts, %s and %s; nothing is signed for either."
              .formatted(session.court(), welcome.terms().courtDomain()));
    }
    try {
      Optional<String> otherCourt = pin.objection(session.court());
      if (otherCourt.isPresent()) {
        return otherCourt;
      }
    } catch (IOException e) {
      return Optional.of("The court cannot be pinned: " + e.getMessage() + ".");
    }
    WalletAddress expected = plan.worker();
    if (expected != null && !expected.equals(session.worker())) {
      return Optional.of(
          "The session key %s is bound to %s, not to %s, who is to be paid."
              .formatted(key(), session.worker(), expected));
    }
    return Optional.empty();
  }

  /** Whether the market knows anything that runs here. */
  boolean isAnyKnown(Welcome welcome) {
    return !catalogue.sellableAt(welcome.models(), _ -> true).isEmpty();
  }

  /** What there is to sell now where these models are known. */
  Offer offer(Welcome welcome) {
    List<ServedModel> sellable = catalogue.sellableAt(welcome.models(), readiness::isReady);
    return new Offer(
        Catalogue.offers(
            sellable,
            plan.region(),
            plan.inputPrice(),
            plan.outputPrice(),
            plan.concurrency(),
            plan.verifies()),
        sellable.stream().map(model -> model.manifest().name()).toList());
  }

  Reply<OfferBook> make(Offer offer, Session now) throws InterruptedException {
    return market.offer(now.token(), offer.book());
  }

  private static <T> Welcome impossible(T never) {
    throw new IllegalStateException("an answer was read as none: " + never);
  }
}
