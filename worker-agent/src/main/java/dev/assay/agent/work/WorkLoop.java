package dev.assay.agent.work;

import dev.assay.agent.key.UnsentResults.Unsent;
import dev.assay.agent.market.ForeignText;
import dev.assay.agent.market.Market;
import dev.assay.agent.market.Reply;
import dev.assay.agent.market.Reply.Answered;
import dev.assay.agent.market.Reply.Deferred;
import dev.assay.agent.market.Reply.Refused;
import dev.assay.agent.market.Reply.SignedOut;
import dev.assay.agent.market.Traceparent;
import dev.assay.agent.work.Errands.Kind;
import dev.assay.agent.work.WorkerStatus.Counts;
import dev.assay.agent.work.WorkerStatus.State;
import dev.assay.protocol.Signer;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.UnitPrice;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Heartbeat;
import dev.assay.protocol.wire.HeartbeatAnswer;
import dev.assay.protocol.wire.LeaseAnswer;
import dev.assay.protocol.wire.LeaseRequest;
import dev.assay.protocol.wire.ResultBatch;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A worker's day: sign in, offer, ask for leases, execute them in its slots, attest, send; until it
 * is interrupted, drained, or the market refuses for good.
 *
 * <p>One thread decides. Whatever waits (a poll, a sending, a model) runs on a thread of its own
 * and comes back as an {@link Event}.
 */
public final class WorkLoop {
  /** Polls start no closer than this, should a market answer at once instead of parking them. */
  static final Duration SHORTEST_CYCLE = Duration.ofSeconds(1);

  /** How often what is due is looked at when nothing happens. */
  private static final Duration TICK = Duration.ofSeconds(1);

  /** However many events there are: pauses are files. */
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

  /** For what is still under way when the time to finish jobs is over. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(4);

  /** Committees have ten minutes to sign. */
  private static final Duration BETWEEN_VERDICTS = Duration.ofSeconds(10);

  private final Plan plan;
  private final Signer sessionKey;
  private final Market market;
  private final Catalogue catalogue;
  private final ResultPost post;
  private final VerdictPost verdictPost;
  private final WorkerHome home;
  private final Clock clock;
  private final RandomGenerator chance;
  private final Log log;

  private final Errands errands;
  private final MarketClock marketClock;
  private final Reporter reporter;
  private final Readiness readiness;
  private final Duty duty;
  private final Standing standing;
  private final HandBacks handBacks;
  private final Leases leases;
  private final ResultQueue results;

  private long lookedAt = ago(BETWEEN_LOOKS);
  private long lastBeat = System.nanoTime();
  private long lastJudged = ago(BETWEEN_VERDICTS);
  private boolean hasRested;

  /**
   * How a worker works.
   *
   * @param agentVersion what the agent calls itself
   * @param concurrency slots: jobs at a time
   * @param verifies whether it may be drawn to check others, and signs what it finds
   * @param grace how long jobs may go on when the worker is asked to stop
   * @param worker whom the session key must work for; null for whoever has bound it
   */
  public record Plan(
      URI market,
      String agentVersion,
      long pid,
      String region,
      UnitPrice inputPrice,
      UnitPrice outputPrice,
      int concurrency,
      boolean verifies,
      Duration grace,
      @Nullable WalletAddress worker) {}

  /** How a loop ended. */
  public sealed interface Ending {
    /**
     * Somebody asked it to.
     *
     * @param because who, as a sentence
     */
    record Stopped(String because) implements Ending {}

    /**
     * The market will never accept what this worker is.
     *
     * @param why as whole sentences
     */
    record Refused(String why) implements Ending {}
  }

  public WorkLoop(
      Plan plan,
      Signer sessionKey,
      Market market,
      Catalogue catalogue,
      ResultPost post,
      PauseRules rules,
      WorkerHome home,
      Clock clock,
      RandomGenerator chance,
      Pause pause,
      Log log) {
    this.plan = plan;
    this.sessionKey = sessionKey;
    this.market = market;
    this.catalogue = catalogue;
    this.post = post;
    this.verdictPost = new VerdictPost(sessionKey, post.table(), clock);
    this.home = home;
    this.clock = clock;
    this.chance = chance;
    this.log = log;
    this.errands = new Errands(pause);
    this.marketClock = new MarketClock(clock, log);
    this.reporter = new Reporter(plan, sessionKey.address(), home, clock, marketClock, log);
    this.readiness = new Readiness(log);
    this.duty = new Duty(rules, log);
    this.standing =
        new Standing(
            new SignIn(plan, market, sessionKey, catalogue, readiness, home.directory()),
            duty,
            errands,
            clock,
            marketClock,
            chance,
            reporter);
    this.handBacks = new HandBacks(log);
    this.leases =
        new Leases(
            catalogue,
            plan.concurrency(),
            readiness,
            post.table(),
            marketClock,
            new JobRunner(market, clock, chance, pause, errands::report),
            handBacks,
            log);
    this.results = new ResultQueue(home.directory(), post.leftBehind(), chance, log);
  }

  /** Runs on the calling thread; an interrupt lets it finish what it can and end. */
  public Ending run() {
    reporter.starting();
    log.info(
        "Asking %s for work with the session key %s, for %s."
            .formatted(plan.market(), sessionKey.address(), catalogue.names()));
    post.leftUnreadable().ifPresent(log::warn);
    if (!results.isEmpty()) {
      log.info("%d results of an earlier run are sent first.".formatted(results.size()));
    }
    Ending ending;
    try {
      ending = work();
    } catch (InterruptedException stop) {
      leave();
      ending = new Ending.Stopped("It was asked to stop.");
    } finally {
      errands.abandonAll();
      leases.abortAll();
      Undisturbed.run(this::keepResults);
    }
    switch (ending) {
      case Ending.Stopped(String because) -> {
        reporter.become(State.STOPPED, because, attempts());
        log.info("Stopped.");
      }
      case Ending.Refused(String why) -> reporter.become(State.REFUSED, why, attempts());
    }
    return ending;
  }

  /** What could not be posted, for want of a session or of time, the next process posts. */
  private void keepResults() {
    try {
      post.keep(results.all().toList());
    } catch (IOException e) {
      log.warn(
          "%d results cannot be kept in %s (%s) and are lost."
              .formatted(results.size(), home.directory(), e.getMessage()));
    }
  }

  private Ending work() throws InterruptedException {
    while (true) {
      lookAtPauses();
      if (!duty.takesWork()) {
        errands.abandon(Kind.POLL);
      }
      leases.giveUpLapsed();
      leases.giveUpUnready();
      if (leases.areHeldUp()) {
        errands.abandon(Kind.POLL); // else it would be given the same again
        leases.giveUpHeldUp();
      }
      startErrands();
      String drainBecause = duty.drainBecause();
      if (drainBecause != null && isEmpty()) {
        return new Ending.Stopped(drainBecause);
      }
      tell();
      Optional<Ending> ending = await(untilLook());
      if (ending.isPresent()) {
        return ending.get();
      }
    }
  }

  private void lookAtPauses() {
    if (!isOver(lookedAt, BETWEEN_LOOKS)) {
      return;
    }
    lookedAt = System.nanoTime();
    duty.look(leases.size());
  }

  /** Finishes what can be finished in time; the rest is handed back, so that it goes elsewhere. */
  private void leave() {
    duty.leave();
    errands.abandon(Kind.POLL);
    leases.giveUpWaiting();
    try {
      if (!leases.isEmpty()) {
        log.info(
            "Asked to stop; %d jobs have %d s to finish."
                .formatted(leases.size(), plan.grace().toSeconds()));
      }
      finish(plan.grace());
    } catch (InterruptedException again) {
      // Whoever asks twice is in a hurry.
    }
    leases.giveUpAll();
    try {
      finish(LAST_WORDS);
    } catch (InterruptedException third) {
      // What was not handed back lapses by itself.
    }
  }

  private void finish(Duration within) throws InterruptedException {
    long over = System.nanoTime() + within.toNanos();
    while (!isEmpty() && standing.session() != null && System.nanoTime() < over) {
      startErrands();
      tell();
      await(Duration.ofNanos(Math.clamp(over - System.nanoTime(), 0, TICK.toNanos())));
    }
  }

  private boolean isEmpty() {
    return leases.isEmpty() && results.isEmpty() && handBacks.isEmpty();
  }

  /** Why it takes nothing for now, besides a drain. */
  private List<String> objections() {
    List<String> reasons = duty.pauseReasons();
    if (!reasons.isEmpty()) {
      return reasons;
    }
    List<String> untaken = results.trouble().stream().toList();
    return untaken.isEmpty() && !isAnyReady() ? readiness.words() : untaken;
  }

  private void tell() {
    reporter.tell(duty.drainBecause(), objections(), attempts());
  }

  private Reporter.Attempts attempts() {
    return new Reporter.Attempts(
        leases.size(),
        leases.inSlots(),
        new Counts(results.accepted(), results.refused(), leases.failed(), handBacks.count()));
  }

  // --- What it asks
  // ------------------------------------------------------------------------------------

  private void startErrands() {
    standing.keepUp();
    look();
    keep();
    Session now = standing.session();
    if (now == null) {
      return;
    }
    leases.fillSlots(now);
    post(now);
    handBack(now);
    beatIfDue(now);
    if (!duty.isLeaving()) {
      judgeIfDue(now);
    }
    if (standing.isOffered() && mayPoll()) {
      poll(now, Duration.ZERO);
    }
  }

  private void look() {
    if (!errands.isUnderWay(Kind.LOOK)) {
      readiness
          .due()
          .ifPresent(backend ->
              errands.start(
                  Kind.LOOK, Duration.ZERO, () -> new Event.Looked(backend, backend.ready())));
    }
  }

  private boolean mayPoll() {
    return duty.takesWork()
        && results.trouble().isEmpty()
        && isAnyReady()
        && leases.wantMore()
        && results.size() <= ResultBatch.MAX_RESULTS;
  }

  private boolean isAnyReady() {
    return catalogue.isAny(readiness::isReady);
  }

  private void poll(Session now, Duration before) {
    if (errands.isUnderWay(Kind.POLL)) {
      return;
    }
    Traceparent trace = Traceparent.startedBy(chance);
    int free = Math.max(1, leases.room());
    List<AttemptRef> holding =
        Stream.concat(inHand(), handBacks.refs()).limit(LeaseRequest.MAX_HOLDING).toList();
    errands.start(
        Kind.POLL,
        before,
        () -> {
          Instant askedAt = clock.instant();
          var question = new LeaseRequest(free, plan.agentVersion(), askedAt, holding);
          return new Event.Polled(
              market.askForWork(now.token(), question, trace), free, askedAt, trace);
        });
  }

  /** What cannot go to the market at once is on the disk until it can. */
  private void keep() {
    boolean isHeldUp = standing.session() == null || results.pause().isPositive();
    if (!isHeldUp || errands.isUnderWay(Kind.KEEP)) {
      return;
    }
    List<Unsent> fresh = results.waiting().filter(result -> !post.isKept(result)).toList();
    if (fresh.isEmpty()) {
      return;
    }
    errands.start(
        Kind.KEEP,
        results.trouble().isEmpty() ? Duration.ZERO : TICK,
        () -> {
          try {
            post.keep(fresh);
            return new Event.Kept();
          } catch (IOException e) {
            return new Event.NotKept(e);
          }
        });
  }

  private void post(Session now) {
    boolean isBusy = errands.isUnderWay(Kind.POST) || errands.isUnderWay(Kind.KEEP);
    if (isBusy || !results.isReady(clock.instant()) || company().isPositive()) {
      return;
    }
    Duration before = results.pause();
    List<Unsent> batch = results.take(clock.instant());
    errands.start(
        Kind.POST,
        before,
        () -> {
          long began = System.nanoTime();
          try {
            var posted = post.post(batch, now.court(), now.token(), market);
            return new Event.Posted(posted, Duration.ofNanos(System.nanoTime() - began));
          } catch (IOException e) {
            return new Event.NotPosted(e);
          }
        });
  }

  /** How long results wait for others: not at all unless those come by themselves. */
  private Duration company() {
    return leases.areWaiting() ? results.company(clock.instant()) : Duration.ZERO;
  }

  private void handBack(Session now) {
    if (handBacks.isEmpty() || errands.isUnderWay(Kind.HAND_BACK)) {
      return;
    }
    HandBack next = handBacks.next();
    errands.start(
        Kind.HAND_BACK,
        Duration.ZERO,
        () -> new Event.HandedBack(market.handBack(now.token(), next)));
  }

  private void beatIfDue(Session now) {
    if (!isOver(lastBeat, leases.heartbeatEvery()) || errands.isUnderWay(Kind.HEARTBEAT)) {
      return;
    }
    List<AttemptRef> alive = inHand().limit(Heartbeat.MAX_ATTEMPTS).toList();
    if (alive.isEmpty()) {
      return;
    }
    lastBeat = System.nanoTime();
    errands.start(
        Kind.HEARTBEAT,
        Duration.ZERO,
        () -> new Event.Beat(market.beat(now.token(), new Heartbeat(alive))));
  }

  /** Also while it is paused: what is asked for was executed before, and others wait for it. */
  private void judgeIfDue(Session now) {
    boolean isDue = isOver(lastJudged, BETWEEN_VERDICTS);
    if (!plan.verifies() || !standing.isOffered() || errands.isUnderWay(Kind.VERDICTS) || !isDue) {
      return;
    }
    lastJudged = System.nanoTime();
    errands.start(
        Kind.VERDICTS,
        Duration.ZERO,
        () -> {
          try {
            return new Event.Judged(
                verdictPost.judge(now.worker(), now.court(), now.token(), market));
          } catch (IOException e) {
            return new Event.NotJudged(e);
          }
        });
  }

  /** In the time of {@link System#nanoTime}, which nobody sets back. */
  private static long ago(Duration duration) {
    return System.nanoTime() - duration.toNanos();
  }

  private static boolean isOver(long since, Duration duration) {
    return System.nanoTime() - since >= duration.toNanos();
  }

  private Stream<AttemptRef> inHand() {
    return Stream.concat(results.refs(), leases.refs()); // what is done must not lapse now
  }

  private Duration untilLook() {
    Duration company = results.isReady(clock.instant()) ? company() : Duration.ZERO;
    return company.isPositive() && company.compareTo(TICK) < 0 ? company : TICK;
  }

  // --- What it hears
  // -------------------------------------------------------------------------------------

  private Optional<Ending> await(Duration longest) throws InterruptedException {
    Event event = errands.await(longest);
    if (event == null) {
      rest();
    }
    while (event != null) {
      Optional<Ending> ending = heard(event);
      if (ending.isPresent()) {
        return ending;
      }
      event = errands.next();
    }
    return Optional.empty();
  }

  /**
   * What starting, or a time of work, took of the heap goes back to the system in the first quiet
   * second: a worker that waits is a guest on its owner's machine.
   */
  private void rest() {
    if (!hasRested && errands.isUnderWay(Kind.POLL) && isEmpty()) {
      hasRested = true;
      System.gc();
    }
  }

  private Optional<Ending> heard(Event event) throws InterruptedException {
    switch (event) {
      case Event.SignedIn(var reply) -> {
        return standing.signedIn(reply);
      }
      case Event.Offered(var reply, var names) -> {
        return standing.offered(reply, names);
      }
      case Event.Polled polled -> {
        return polled(polled);
      }
      case Event.Executed(var outcome) -> {
        leases.heard(outcome).ifPresent(result -> results.add(result, clock.instant()));
        hasRested = false;
      }
      case Event.StreamBroke() -> lastBeat = ago(leases.heartbeatEvery());
      case Event.Posted(var posted, var took) -> {
        standing.heard(posted.answers());
        if (posted.answers() instanceof Answered) {
          leases.marketTook(took);
        }
        results.heard(posted, clock.instant());
      }
      case Event.NotPosted(IOException why) -> results.notPosted(why);
      case Event.Kept() -> {
        // It may be posted now.
      }
      case Event.NotKept(IOException why) -> results.cannotKeep(why);
      case Event.Beat(var reply) -> beat(reply);
      case Event.HandedBack(var reply) -> {
        standing.heard(reply);
        handBacks.heard(reply);
      }
      case Event.Judged(var judged) -> judged(judged);
      case Event.Looked(var backend, var ready) -> {
        if (readiness.heard(backend, ready)) {
          errands.abandon(Kind.POLL); // it asks for what is not sold any more
          standing.offer();
        }
      }
      case Event.NotJudged(IOException why) ->
          log.warn(
              "What was signed cannot be kept in %s (%s); no verdict is signed until it can."
                  .formatted(home.directory(), why.getMessage()));
      case Event.Abandoned() -> {
        if (!duty.isLeaving()) {
          throw new InterruptedException();
        }
      }
      case Event.Broken(Throwable fault) ->
          throw new IllegalStateException("an errand of the worker is broken", fault);
    }
    return Optional.empty();
  }

  private Optional<Ending> polled(Event.Polled polled) {
    Traceparent trace = polled.trace();
    standing.heard(polled.reply());
    switch (polled.reply()) {
      case Answered<LeaseAnswer>(LeaseAnswer answer, _) -> {
        standing.answered();
        marketClock.heard(answer.serverTime(), trace);
        reporter.polled(answer.skipped());
        if (answer.leases().isEmpty()) {
          reporter.idles(ForeignText.oneLine(answer.idleBecause()), trace);
          restAfter(polled.askedAt());
        } else {
          reporter.hasWork();
          take(polled, answer);
        }
      }
      case Deferred<LeaseAnswer>(var why, var notBefore, _) -> pollLater(why, notBefore, trace);
      case SignedOut<LeaseAnswer> out -> {
        // A session lapses, or the market has restarted: not worth a line.
      }
      case Refused<LeaseAnswer> refused when standing.isFinal(refused) -> {
        return Optional.of(new Ending.Refused(refused.why()));
      }
      case Refused<LeaseAnswer> refused -> pollLater(refused.why(), Duration.ZERO, trace);
    }
    return Optional.empty();
  }

  private void take(Event.Polled polled, LeaseAnswer answer) {
    Session now = standing.session();
    if (now == null) {
      return; // whose leases these are is not known any more
    }
    boolean wasEmpty = leases.isEmpty();
    leases.take(answer.leases(), polled.asked(), now, polled.trace());
    if (wasEmpty && !leases.isEmpty()) {
      lastBeat = System.nanoTime();
    }
  }

  private void pollLater(String why, Duration notBefore, Traceparent trace) {
    Duration wait = standing.notAnswered(why, notBefore, trace);
    Session now = standing.session();
    if (now != null && !duty.isLeaving()) {
      poll(now, wait);
    }
  }

  /** The next poll comes a cycle after the last, should the market not park it. */
  private void restAfter(Instant askedAt) {
    Duration rest = SHORTEST_CYCLE.minus(Duration.between(askedAt, clock.instant()));
    Session now = standing.session();
    if (now != null && rest.isPositive() && mayPoll()) {
      // A clock that was set back meanwhile must not make us wait for it.
      poll(now, rest.compareTo(SHORTEST_CYCLE) > 0 ? SHORTEST_CYCLE : rest);
    }
  }

  private void beat(Reply<HeartbeatAnswer> reply) {
    standing.heard(reply);
    switch (reply) {
      case Answered<HeartbeatAnswer>(HeartbeatAnswer answer, _) -> {
        marketClock.heard(answer.serverTime(), null);
        leases.stop(answer.stop());
        leases.cancel(answer.cancel());
        if (answer.drain()) {
          duty.drain("The market asked it to drain: " + ForeignText.oneLine(answer.because()));
        }
        reporter.marketWants(answer.minimumAgentVersion());
      }
      // Three may be missed; the poll or the post will tell of a market that is away.
      case SignedOut<HeartbeatAnswer> _, Deferred<HeartbeatAnswer> _ -> {}
      case Refused<HeartbeatAnswer> refused ->
          log.warn("A heartbeat was refused: " + refused.why());
    }
  }

  private void judged(VerdictPost.Judged judged) {
    reporter.judged(judged);
    if (judged.isMore()) {
      lastJudged = ago(BETWEEN_VERDICTS);
    }
    if (judged.isSignedOut()) {
      standing.lose();
    }
  }
}
