package dev.assay.agent.work;

import dev.assay.agent.market.Reply;
import dev.assay.agent.market.Reply.Answered;
import dev.assay.agent.market.Reply.Deferred;
import dev.assay.agent.market.Reply.Refused;
import dev.assay.agent.market.Reply.SignedOut;
import dev.assay.agent.market.Traceparent;
import dev.assay.agent.work.Errands.Kind;
import dev.assay.agent.work.SignIn.Offer;
import dev.assay.agent.work.SignIn.Welcome;
import dev.assay.agent.work.WorkLoop.Ending;
import dev.assay.protocol.wire.OfferBook;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** How the worker stands with its market: whether it is let in, has offered, and is answered. */
final class Standing {
  private static final Duration SIGN_IN_BEFORE = Duration.ofMinutes(1);

  /** A market that lets us in and out again is not asked faster than this. */
  private static final Duration BETWEEN_SIGN_INS = Duration.ofSeconds(5);

  /** An owner binds a key by hand. */
  private static final Duration UNTIL_BOUND = Duration.ofSeconds(5);

  private final SignIn signIn;
  private final Duty duty;
  private final Errands errands;
  private final Clock clock;
  private final MarketClock marketClock;
  private final Backoff backoff;
  private final Backoff offerBackoff;
  private final Reporter reporter;

  private @Nullable Session session;
  private @Nullable Welcome welcome;
  private @Nullable Instant signedInAt;
  private boolean isOffered;

  Standing(
      SignIn signIn,
      Duty duty,
      Errands errands,
      Clock clock,
      MarketClock marketClock,
      RandomGenerator chance,
      Reporter reporter) {
    this.signIn = signIn;
    this.duty = duty;
    this.errands = errands;
    this.clock = clock;
    this.marketClock = marketClock;
    this.backoff = new Backoff(chance);
    this.offerBackoff = new Backoff(chance);
    this.reporter = reporter;
  }

  /** Null while it is not let in. */
  @Nullable Session session() {
    return session;
  }

  /** Whether the market knows what it sells. */
  boolean isOffered() {
    return isOffered && !errands.isUnderWay(Kind.OFFER);
  }

  /** Signs in, unless a session lasts. */
  void keepUp() {
    Session now = session;
    if (now == null || marketClock.now().isAfter(now.expiresAt().minus(SIGN_IN_BEFORE))) {
      Instant last = signedInAt;
      boolean isSoon = last != null && clock.instant().isBefore(last.plus(BETWEEN_SIGN_INS));
      ask(isSoon ? BETWEEN_SIGN_INS : Duration.ZERO);
    }
  }

  /** The market does not know the session any more. */
  void lose() {
    session = null;
  }

  /** What any question tells besides: the exchange has a name, and the session may be over. */
  void heard(Reply<?> reply) {
    reporter.exchanged(reply.requestId());
    if (reply instanceof SignedOut<?>) {
      lose();
    }
  }

  Optional<Ending> signedIn(Reply<Welcome> reply) {
    reporter.exchanged(reply.requestId());
    switch (reply) {
      case Answered<Welcome>(Welcome welcome, _) -> {
        Optional<String> objection = signIn.objection(welcome);
        if (objection.isPresent()) {
          return objection.map(Ending.Refused::new);
        }
        settleIn(welcome);
      }
      case Deferred<Welcome>(var why, var notBefore, _) -> askLater(why, notBefore);
      case SignedOut<Welcome>(var why, _) ->
          askLater("it does not let us in: " + why, Duration.ZERO);
      case Refused<Welcome>(var why, _, var code, _) when code.equals("key-not-bound") ->
          askLater(
              "no owner has bound the session key %s; 'assay-worker wallet show' says how (%s)"
                  .formatted(signIn.key(), why),
              UNTIL_BOUND);
      case Refused<Welcome> refused when isFinal(refused) -> {
        return Optional.of(new Ending.Refused(refused.why()));
      }
      case Refused<Welcome> refused -> askLater(refused.why(), Duration.ZERO);
    }
    return Optional.empty();
  }

  private void settleIn(Welcome welcome) {
    Session before = session;
    Session now = Session.of(welcome.session());
    session = now;
    this.welcome = welcome;
    signedInAt = clock.instant();
    reporter.signedIn(now, before);
    reporter.marketWants(welcome.session().minimumAgentVersion());
    answered();
    if (!signIn.isAnyKnown(welcome)) {
      reporter.sellsNothing(signIn.models());
    }
    offer();
  }

  /** Tells the market what is sold now; without a session, the next one begins with it. */
  void offer() {
    offer(Duration.ZERO);
  }

  private void offer(Duration before) {
    Session now = session;
    Welcome known = welcome;
    if (now == null || known == null || duty.isLeaving()) {
      return;
    }
    isOffered = false;
    Offer offer = signIn.offer(known);
    errands.abandon(Kind.OFFER); // of a session that is over, or of what is no longer so
    errands.start(
        Kind.OFFER, before, () -> new Event.Offered(signIn.make(offer, now), offer.names()));
  }

  Optional<Ending> offered(Reply<OfferBook> reply, List<String> names) {
    heard(reply);
    switch (reply) {
      case Answered<OfferBook> answered -> {
        isOffered = true;
        offerBackoff.afterSuccess();
        answered();
        reporter.offered(names);
      }
      case Deferred<OfferBook>(var why, var notBefore, _) -> offerLater(why, notBefore);
      case SignedOut<OfferBook> out -> {}
      case Refused<OfferBook> refused when isFinal(refused) -> {
        return Optional.of(new Ending.Refused(refused.why()));
      }
      case Refused<OfferBook> refused -> offerLater(refused.why(), Duration.ZERO);
    }
    return Optional.empty();
  }

  /** The session lasts, so that the market is asked for nothing but this. */
  private void offerLater(String why, Duration notBefore) {
    if (session != null && !duty.isLeaving()) {
      Duration wait = offerBackoff.afterFailure(notBefore);
      reporter.marketIsAway(why, wait, null);
      offer(wait);
    }
  }

  /** A gateway that is being changed must not end a worker that its market knows. */
  boolean isFinal(Refused<?> refused) {
    return refused.byMarket() || reporter.pollsAnswered() == 0;
  }

  /** The market has answered what the worker is here for. */
  void answered() {
    reporter.marketAnswers();
    backoff.afterSuccess();
  }

  /** It has not; says how long to wait before it is asked again. */
  Duration notAnswered(String why, Duration notBefore, @Nullable Traceparent trace) {
    Duration wait = backoff.afterFailure(notBefore);
    reporter.marketIsAway(why, wait, trace);
    return wait;
  }

  private void askLater(String why, Duration notBefore) {
    if (!duty.isLeaving()) {
      ask(notAnswered(why, notBefore, null));
    }
  }

  private void ask(Duration before) {
    if (!errands.isUnderWay(Kind.SIGN_IN)) {
      errands.start(Kind.SIGN_IN, before, () -> new Event.SignedIn(signIn.ask()));
    }
  }
}
