package dev.assay.agent.work;

import dev.assay.agent.backend.Answer;
import dev.assay.agent.backend.BackendFailure;
import dev.assay.agent.backend.ServedModel;
import dev.assay.agent.key.UnsentResults.Unsent;
import dev.assay.agent.market.ForeignText;
import dev.assay.agent.market.KnownModel;
import dev.assay.agent.market.Market;
import dev.assay.agent.market.MarketTerms;
import dev.assay.agent.market.Reply;
import dev.assay.agent.market.Reply.Answered;
import dev.assay.agent.market.Reply.Deferred;
import dev.assay.agent.market.Reply.Refused;
import dev.assay.agent.market.Reply.SignedOut;
import dev.assay.agent.market.Traceparent;
import dev.assay.agent.work.WorkerStatus.Counts;
import dev.assay.agent.work.WorkerStatus.State;
import dev.assay.agent.work.WorkerStatus.Verdicts;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.OutputOpening;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.Signer;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.UnitPrice;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Heartbeat;
import dev.assay.protocol.wire.HeartbeatAnswer;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.LeaseAnswer;
import dev.assay.protocol.wire.LeaseRequest;
import dev.assay.protocol.wire.OfferBook;
import dev.assay.protocol.wire.ResultAnswers;
import dev.assay.protocol.wire.ResultAnswers.ResultAnswer;
import dev.assay.protocol.wire.ResultBatch;
import dev.assay.protocol.wire.SessionAnswer;
import dev.assay.protocol.wire.StreamAnswer;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A worker's day: sign in, offer, ask for leases, execute them in its slots, attest, send; until it
 * is interrupted, drained, or the market refuses for good.
 *
 * <p>One thread decides: all state here is its own. Whatever waits (a poll, a sending, a model)
 * runs on a thread of its own and comes back as an {@link Event}.
 */
public final class WorkLoop {
  /** A clock further off than this makes deadlines and signatures meaningless. */
  static final Duration TOLERATED_SKEW = Duration.ofSeconds(30);

  /** Polls start no closer than this, should a market answer at once instead of parking them. */
  static final Duration SHORTEST_CYCLE = Duration.ofSeconds(1);

  /** How often pauses, deadlines and heartbeats are looked at when nothing happens. */
  private static final Duration TICK = Duration.ofSeconds(1);

  private static final Duration SIGN_IN_BEFORE = Duration.ofMinutes(1);

  /** A market that lets us in and out again is not asked faster than this. */
  private static final Duration BETWEEN_SIGN_INS = Duration.ofSeconds(5);

  private static final Duration STATUS_AT_LEAST = Duration.ofSeconds(10);

  /** A file that is replaced for each of a hundred jobs a second slows them. */
  private static final Duration STATUS_AT_MOST = Duration.ofMillis(500);

  /** Leases are held ready for so long, so that no slot waits for the market between two jobs. */
  private static final Duration AHEAD = Duration.ofMillis(100);

  /** For what is still under way when the time to finish jobs is over. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(4);

  /** How long a result waits for the stream that goes before it. */
  private static final Duration STREAM_ENDS_WITHIN = Duration.ofSeconds(2);

  /** A stream that breaks is begun again so often: its result counts without it. */
  private static final int STREAM_TRIES = 5;

  private static final Duration BETWEEN_STREAMS = Duration.ofMillis(500);

  /** Committees have ten minutes to sign. */
  private static final Duration BETWEEN_VERDICTS = Duration.ofSeconds(10);

  private static final int HAND_BACK_TRIES = 3;
  private static final long LARGEST_BATCH_BYTES = 2L * 1024 * 1024;

  private final Plan plan;
  private final Signer sessionKey;
  private final Market market;
  private final Catalogue catalogue;
  private final ResultPost post;
  private final VerdictPost verdictPost;
  private final PauseRules rules;
  private final WorkerHome home;
  private final CourtPin pin;
  private final Clock clock;
  private final RandomGenerator chance;
  private final Pause pause;
  private final Log log;
  private final int mostHeld;
  private final Backoff marketBackoff;
  private final Backoff postBackoff;

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final Map<AttemptRef, Execution> running = new LinkedHashMap<>();
  private final Deque<Unsent> ready = new ArrayDeque<>();
  private final Deque<HandBack> handBacks = new ArrayDeque<>();

  /** Nanoseconds that a job takes here, the last ones counting most; 0 before the first is done. */
  private long typical;

  private @Nullable Session session;
  private @Nullable Instant signedInAt;
  private boolean isOffered;
  private List<String> offers = List.of();
  private @Nullable Errand signingIn;
  private @Nullable Errand offering;
  private @Nullable Errand polling;
  private @Nullable Errand beating;
  private @Nullable Errand posting;
  private @Nullable Errand handingBack;
  private @Nullable Errand judging;
  private Instant lastJudged = Instant.EPOCH;
  private int handBackTries;
  private List<Unsent> inPost = List.of();
  private int oneByOne;
  private Instant lastBeat;

  private boolean hasRested;
  private boolean isLeaving;
  private @Nullable String drainBecause;
  private List<String> pauseReasons = List.of();
  private @Nullable String marketTrouble;
  private @Nullable String homeTrouble;
  private @Nullable String idleBecause;
  private Map<String, Integer> skipped = Map.of();
  private Counts counts = Counts.NONE;
  private @Nullable Verdicts verdicts;
  private long pollsAnswered;
  private @Nullable String lastRequestId;
  private @Nullable Duration clockAhead;
  private boolean clockIsOff;
  private boolean statusIsStale;
  private boolean isOutdated;
  private WorkerStatus status;
  private long statusWrittenAt;

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

  private record Session(String token, WalletAddress worker, Domain court, Instant expiresAt) {}

  private record Welcome(MarketTerms terms, SessionAnswer session, List<KnownModel> models) {}

  /** A lease that is held: under way in a slot if it has a thread, else next for one. */
  private static final class Execution {
    private final Lease lease;
    private final Catalogue.Entry entry;
    private final LiveOutput output = new LiveOutput();
    private @Nullable Thread thread;
    private @Nullable Errand streaming;

    Execution(Lease lease, Catalogue.Entry entry) {
      this.lease = lease;
      this.entry = entry;
    }

    boolean isChat() {
      return lease.input() instanceof ChatInput;
    }
  }

  /** Something that waits for the outside, on a thread of its own. */
  private record Errand(Thread thread) {}

  /** What came back to the deciding thread. */
  private sealed interface Event {
    record SignedIn(Reply<Welcome> reply) implements Event {}

    record Offered(Reply<OfferBook> reply, List<String> names) implements Event {}

    record Polled(Reply<LeaseAnswer> reply, int asked, Instant askedAt, Traceparent trace)
        implements Event {}

    record Finished(Execution execution, Unsent result, long nanos) implements Event {}

    record Failed(Execution execution, String words) implements Event {}

    record Interrupted(Execution execution) implements Event {}

    record Posted(ResultPost.Posted posted) implements Event {}

    record NotPosted(IOException why) implements Event {}

    record Beat(Reply<HeartbeatAnswer> reply) implements Event {}

    record HandedBack(Reply<Object> reply) implements Event {}

    record Judged(VerdictPost.Judged judged) implements Event {}

    record NotJudged(IOException why) implements Event {}

    /** A stream ended before its output did: a heartbeat will tell why. */
    record StreamBroke() implements Event {}

    /** An errand was interrupted. */
    record Abandoned(Thread thread) implements Event {}

    /** Our own fault. */
    record Broken(Throwable fault) implements Event {}
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
    this.verdicts = plan.verifies() ? Verdicts.NONE : null;
    this.rules = rules;
    this.home = home;
    this.pin = new CourtPin(home.directory());
    this.clock = clock;
    this.chance = chance;
    this.pause = pause;
    this.log = log;
    this.mostHeld = catalogue.mostHeld(plan.concurrency());
    this.marketBackoff = new Backoff(chance);
    this.postBackoff = new Backoff(chance);
    this.lastBeat = clock.instant();
    this.status =
        WorkerStatus.starting(
            sessionKey.address(),
            plan.market(),
            plan.agentVersion(),
            plan.pid(),
            plan.concurrency(),
            clock.instant());
  }

  /** Runs on the calling thread; an interrupt lets it finish what it can and end. */
  public Ending run() {
    write(status);
    info(
        "Asking %s for work with the session key %s, for %s."
            .formatted(plan.market(), sessionKey.address(), catalogue.names()),
        null);
    ready.addAll(post.leftBehind());
    if (!ready.isEmpty()) {
      info("%d results of an earlier run are sent first.".formatted(ready.size()), null);
    }
    Ending ending;
    try {
      ending = work();
    } catch (InterruptedException stop) {
      leave();
      ending = new Ending.Stopped("It was asked to stop.");
    } finally {
      Stream.of(signingIn, offering, polling, beating, posting, handingBack, judging)
          .forEach(WorkLoop::abandon);
      running.values().forEach(WorkLoop::interrupt);
    }
    switch (ending) {
      case Ending.Stopped(String because) -> {
        become(State.STOPPED, because);
        info("Stopped.", null);
      }
      case Ending.Refused(String why) -> become(State.REFUSED, why);
    }
    return ending;
  }

  private Ending work() throws InterruptedException {
    while (true) {
      heedRules();
      startErrands();
      if (drainBecause != null && isEmpty()) {
        return new Ending.Stopped(drainBecause);
      }
      tell();
      Optional<Ending> ending = await(TICK);
      if (ending.isPresent()) {
        return ending.get();
      }
    }
  }

  /** Finishes what can be finished in time; the rest is handed back, so that it goes elsewhere. */
  private void leave() {
    isLeaving = true;
    cancelPolling();
    List.copyOf(running.values()).stream()
        .filter(execution -> execution.thread == null)
        .forEach(e -> giveUp(e, HandBack.Reason.LEAVING, "The worker stops."));
    try {
      long over = System.nanoTime() + plan.grace().toNanos();
      if (!running.isEmpty()) {
        info(
            "Asked to stop; %d jobs have %d s to finish."
                .formatted(running.size(), plan.grace().toSeconds()),
            null);
      }
      while (!isEmpty() && session != null && System.nanoTime() < over) {
        startErrands();
        tell();
        await(Duration.ofNanos(Math.clamp(over - System.nanoTime(), 0, TICK.toNanos())));
      }
    } catch (InterruptedException again) {
      // Whoever asks twice is in a hurry.
    }
    List.copyOf(running.values())
        .forEach(execution -> giveUp(execution, HandBack.Reason.LEAVING, "The worker stops."));
    try {
      long over = System.nanoTime() + LAST_WORDS.toNanos();
      while (!isEmpty() && session != null && System.nanoTime() < over) {
        startErrands();
        await(Duration.ofNanos(Math.clamp(over - System.nanoTime(), 0, TICK.toNanos())));
      }
    } catch (InterruptedException third) {
      // What was not handed back lapses by itself.
    }
  }

  private boolean isEmpty() {
    return running.isEmpty() && ready.isEmpty() && inPost.isEmpty() && handBacks.isEmpty();
  }

  private void heedRules() {
    if (rules.isDraining() && drainBecause == null) {
      drainBecause = "It was drained by its owner.";
      info("Draining: no more leases; %d jobs finish.".formatted(running.size()), null);
    }
    List<String> reasons = rules.objections();
    if (!reasons.equals(pauseReasons)) {
      info(reasons.isEmpty() ? "Goes on working." : "Pauses: " + String.join(" ", reasons), null);
      pauseReasons = reasons;
    }
    if (!pauseReasons.isEmpty() || drainBecause != null) {
      cancelPolling();
    }
    Instant marketTime = marketTime();
    for (Execution execution : List.copyOf(running.values())) {
      if (Instant.ofEpochSecond(execution.lease.assignment().deadline()).isBefore(marketTime)) {
        warn("%s was not done by its deadline.".formatted(execution.lease), null);
        counts =
            new Counts(
                counts.accepted(), counts.refused(), counts.failed() + 1, counts.handedBack());
        giveUp(execution, HandBack.Reason.FAILED, "It was not done by its deadline.");
      }
    }
  }

  private void startErrands() {
    startExecutions();
    Session now = session;
    boolean lapses = now != null && marketTime().isAfter(now.expiresAt().minus(SIGN_IN_BEFORE));
    if ((now == null || lapses) && signingIn == null) {
      Instant last = signedInAt;
      boolean isSoon = last != null && clock.instant().isBefore(last.plus(BETWEEN_SIGN_INS));
      signIn(isSoon ? BETWEEN_SIGN_INS : Duration.ZERO);
    }
    if (now == null) {
      return;
    }
    if (!ready.isEmpty() && posting == null) {
      postNext(now, Duration.ZERO);
    }
    if (!handBacks.isEmpty() && handingBack == null) {
      HandBack next = handBacks.getFirst();
      handingBack =
          start(
              "hand-back",
              Duration.ZERO,
              () -> new Event.HandedBack(market.handBack(now.token, next)));
    }
    beatIfDue(now);
    if (isLeaving) {
      return;
    }
    judgeIfDue(now);
    if (isOffered && offering == null && polling == null && mayPoll()) {
      poll(now, Duration.ZERO);
    }
  }

  private boolean mayPoll() {
    return pauseReasons.isEmpty()
        && drainBecause == null
        && homeTrouble == null
        && room() > 0
        && ready.size() + inPost.size() <= ResultBatch.MAX_RESULTS;
  }

  /** How many more leases would not wait longer than {@link #AHEAD}; behind a chat, none. */
  private int room() {
    int slots = plan.concurrency();
    boolean isSlow = typical == 0 || running.values().stream().anyMatch(Execution::isChat);
    long ahead = isSlow ? 0 : slots * AHEAD.toNanos() / typical;
    return (int) Math.min(slots + ahead, mostHeld) - running.size();
  }

  // --- Errands
  // ------------------------------------------------------------------------------------

  private void signIn(Duration before) {
    signingIn = start("sign-in", before, () -> new Event.SignedIn(welcome()));
  }

  private Reply<Welcome> welcome() throws InterruptedException {
    Reply<MarketTerms> terms = market.terms();
    if (!(terms instanceof Answered<MarketTerms>(MarketTerms known, _))) {
      return terms.map(WorkLoop::impossible);
    }
    Reply<SessionAnswer> signedIn = market.signIn(sessionKey, known.chainId());
    if (!(signedIn instanceof Answered<SessionAnswer>(SessionAnswer answer, var requestId))) {
      return signedIn.map(WorkLoop::impossible);
    }
    return market.models().map(models -> new Welcome(known, answer, models));
  }

  private void offer(Session now, List<KnownModel> known) {
    List<ServedModel> sellable = catalogue.sellableAt(known);
    List<String> names = sellable.stream().map(model -> model.manifest().name()).toList();
    if (names.isEmpty()) {
      warn(
          "The market knows none of the models that run here, %s.".formatted(catalogue.names()),
          null);
    }
    OfferBook book =
        Catalogue.offers(
            sellable,
            plan.region(),
            plan.inputPrice(),
            plan.outputPrice(),
            plan.concurrency(),
            plan.verifies());
    offering =
        start(
            "offer", Duration.ZERO, () -> new Event.Offered(market.offer(now.token, book), names));
  }

  private void poll(Session now, Duration before) {
    Traceparent trace = Traceparent.startedBy(chance);
    int free = Math.max(1, room());
    List<AttemptRef> holding = inHand().limit(LeaseRequest.MAX_HOLDING).toList();
    polling =
        start(
            "poll",
            before,
            () -> {
              Instant askedAt = clock.instant();
              var question = new LeaseRequest(free, plan.agentVersion(), askedAt, holding);
              return new Event.Polled(
                  market.askForWork(now.token, question, trace), free, askedAt, trace);
            });
  }

  private void postNext(Session now, Duration before) {
    List<Unsent> batch = new ArrayList<>();
    long bytes = 0;
    int most = oneByOne > 0 ? 1 : ResultBatch.MAX_RESULTS;
    while (!ready.isEmpty() && batch.size() < most) {
      bytes += roughBytes(ready.getFirst());
      if (!batch.isEmpty() && bytes > LARGEST_BATCH_BYTES) {
        break;
      }
      batch.add(ready.removeFirst());
    }
    inPost = batch;
    posting =
        start(
            "post",
            before,
            () -> {
              try {
                return new Event.Posted(post.post(batch, now.court, now.token, market));
              } catch (IOException e) {
                return new Event.NotPosted(e);
              }
            });
  }

  private void beatIfDue(Session now) {
    List<AttemptRef> alive = inHand().limit(Heartbeat.MAX_ATTEMPTS).toList();
    int seconds =
        running.values().stream()
            .mapToInt(execution -> execution.lease.heartbeatSeconds())
            .min()
            .orElse(10);
    Duration every = Duration.ofSeconds(Math.max(1, seconds));
    if (alive.isEmpty() || beating != null || clock.instant().isBefore(lastBeat.plus(every))) {
      return;
    }
    lastBeat = clock.instant();
    beating =
        start(
            "heartbeat",
            Duration.ZERO,
            () -> new Event.Beat(market.beat(now.token, new Heartbeat(alive))));
  }

  /** Also while it is paused: what is asked for was executed before, and others wait for it. */
  private void judgeIfDue(Session now) {
    boolean isDue = !clock.instant().isBefore(lastJudged.plus(BETWEEN_VERDICTS));
    if (!plan.verifies() || !isOffered || judging != null || !isDue) {
      return;
    }
    lastJudged = clock.instant();
    judging =
        start(
            "verdicts",
            Duration.ZERO,
            () -> {
              try {
                return new Event.Judged(
                    verdictPost.judge(now.worker, now.court, now.token, market));
              } catch (IOException e) {
                return new Event.NotJudged(e);
              }
            });
  }

  private Stream<AttemptRef> inHand() {
    return Stream.concat(
        running.keySet().stream(), Stream.concat(inPost.stream(), ready.stream()).map(Unsent::ref));
  }

  private Errand start(String name, Duration before, Callable<Event> errand) {
    Thread thread =
        Thread.ofVirtual()
            .name(name)
            .unstarted(() -> {
              try {
                if (before.isPositive()) {
                  pause.lasting(before);
                }
                events.add(errand.call());
              } catch (InterruptedException e) {
                events.add(new Event.Abandoned(Thread.currentThread()));
              } catch (Exception | Error e) {
                events.add(new Event.Broken(e));
              }
            });
    thread.start();
    return new Errand(thread);
  }

  private void cancelPolling() {
    abandon(polling);
    polling = null;
  }

  private static void abandon(@Nullable Errand errand) {
    if (errand != null) {
      errand.thread.interrupt();
    }
  }

  private static <T> Welcome impossible(T never) {
    throw new IllegalStateException("an answer was read as none: " + never);
  }

  // --- Events
  // -------------------------------------------------------------------------------------

  private Optional<Ending> await(Duration longest) throws InterruptedException {
    Event event = events.poll(longest.toNanos(), TimeUnit.NANOSECONDS);
    if (event == null) {
      rest();
    }
    while (event != null) {
      Optional<Ending> ending = heed(event);
      if (ending.isPresent()) {
        return ending;
      }
      event = events.poll();
    }
    return Optional.empty();
  }

  /**
   * What starting, or a time of work, took of the heap goes back to the system in the first quiet
   * second: a worker that waits is a guest on its owner's machine.
   */
  private void rest() {
    if (!hasRested && polling != null && isEmpty()) {
      hasRested = true;
      System.gc();
    }
  }

  private Optional<Ending> heed(Event event) throws InterruptedException {
    return switch (event) {
      case Event.SignedIn(var reply) -> {
        signingIn = null;
        yield signedIn(reply);
      }
      case Event.Offered(var reply, var names) -> {
        offering = null;
        yield offered(reply, names);
      }
      case Event.Polled polled -> {
        polling = null;
        yield polled(polled);
      }
      case Event.Finished(Execution execution, Unsent result, long nanos) -> {
        typical = typical == 0 ? nanos : (typical + nanos) / 2;
        hasRested = false;
        // What was given up meanwhile has gone to another worker.
        if (running.remove(execution.lease.ref(), execution)) {
          ready.add(result);
        }
        yield Optional.empty();
      }
      case Event.Failed(Execution execution, String words) -> {
        if (running.containsValue(execution)) {
          warn("%s failed: %s".formatted(execution.lease, words), null);
          counts =
              new Counts(
                  counts.accepted(), counts.refused(), counts.failed() + 1, counts.handedBack());
          giveUp(execution, HandBack.Reason.FAILED, words);
        }
        yield Optional.empty();
      }
      case Event.Interrupted(Execution execution) -> {
        running.remove(execution.lease.ref(), execution);
        yield Optional.empty();
      }
      case Event.Posted(var posted) -> {
        posting = null;
        posted(posted);
        yield Optional.empty();
      }
      case Event.NotPosted(IOException why) -> {
        posting = null;
        if (homeTrouble == null) {
          warn(
              "Results cannot be kept in %s (%s); nothing is signed until they can."
                  .formatted(home.directory(), why.getMessage()),
              null);
        }
        homeTrouble = "Its home cannot be written: " + why.getMessage();
        postAgain(Duration.ZERO);
        yield Optional.empty();
      }
      case Event.Beat(var reply) -> {
        beating = null;
        beat(reply);
        yield Optional.empty();
      }
      case Event.HandedBack(var reply) -> {
        handingBack = null;
        handedBack(reply);
        yield Optional.empty();
      }
      case Event.Judged(var judged) -> {
        judging = null;
        judged(judged);
        yield Optional.empty();
      }
      case Event.NotJudged(IOException why) -> {
        judging = null;
        warn(
            "What was signed cannot be kept in %s (%s); no verdict is signed until it can."
                .formatted(home.directory(), why.getMessage()),
            null);
        yield Optional.empty();
      }
      case Event.StreamBroke() -> {
        lastBeat = Instant.EPOCH;
        yield Optional.empty();
      }
      case Event.Abandoned(Thread thread) -> {
        boolean wasOurs =
            Stream.of(signingIn, offering, polling, beating, posting, handingBack, judging)
                .anyMatch(errand -> errand != null && errand.thread == thread);
        if (wasOurs && !isLeaving) {
          throw new InterruptedException();
        }
        yield Optional.empty();
      }
      case Event.Broken(Throwable fault) ->
          throw new IllegalStateException("an errand of the worker is broken", fault);
    };
  }

  private Optional<Ending> signedIn(Reply<Welcome> reply) {
    switch (reply) {
      case Answered<Welcome>(Welcome welcome, var requestId) -> {
        lastRequestId = requestId;
        return settleIn(welcome);
      }
      case Deferred<Welcome>(var why, var notBefore, var requestId) ->
          signInLater(why, notBefore, requestId);
      case SignedOut<Welcome>(var why, var requestId) ->
          signInLater("it does not let us in: " + why, Duration.ZERO, requestId);
      case Refused<Welcome>(var why, _, var code, var requestId)
          when code.equals("key-not-bound") ->
          signInLater(
              "no owner has bound the session key %s; 'assay-worker wallet show' says how (%s)"
                  .formatted(sessionKey.address(), why),
              Duration.ofSeconds(5),
              requestId);
      case Refused<Welcome> refused when isFinal(refused) -> {
        return Optional.of(new Ending.Refused(refused.why()));
      }
      case Refused<Welcome> refused ->
          signInLater(refused.why(), Duration.ZERO, refused.requestId());
    }
    return Optional.empty();
  }

  private Optional<Ending> settleIn(Welcome welcome) {
    SessionAnswer answer = welcome.session();
    if (!answer.court().equals(welcome.terms().courtDomain())) {
      return Optional.of(
          new Ending.Refused(
              "The market names two courts, %s and %s; nothing is signed for either."
                  .formatted(answer.court(), welcome.terms().courtDomain())));
    }
    try {
      Optional<String> objection = pin.objection(answer.court());
      if (objection.isPresent()) {
        return objection.map(Ending.Refused::new);
      }
    } catch (IOException e) {
      return Optional.of(new Ending.Refused("The court cannot be pinned: " + e.getMessage() + "."));
    }
    WalletAddress expected = plan.worker();
    if (expected != null && !expected.equals(answer.worker())) {
      return Optional.of(
          new Ending.Refused(
              "The session key %s is bound to %s, not to %s, who is to be paid."
                  .formatted(sessionKey.address(), answer.worker(), expected)));
    }
    boolean isFirst = session == null || !session.worker.equals(answer.worker());
    session = new Session(answer.token(), answer.worker(), answer.court(), answer.expiresAt());
    signedInAt = clock.instant();
    isOffered = false;
    if (isFirst) {
      info("Signed in; works for %s.".formatted(answer.worker()), null);
    }
    if (!answer.minimumAgentVersion().isEmpty()) {
      tellVersion(answer.minimumAgentVersion());
    }
    hearAgain();
    if (!isLeaving) {
      offer(session, welcome.models());
    }
    return Optional.empty();
  }

  private void signInLater(String why, Duration notBefore, @Nullable String requestId) {
    if (!isLeaving) {
      signIn(waitForMarket(why, notBefore, requestId, null));
    }
  }

  private Optional<Ending> offered(Reply<OfferBook> reply, List<String> names) {
    switch (reply) {
      case Answered<OfferBook> answered -> {
        isOffered = true;
        offers = names;
        info("Offers %s.".formatted(names), null);
      }
      case Deferred<OfferBook>(var why, var notBefore, var requestId) -> {
        session = null;
        signInLater(why, notBefore, requestId);
      }
      case SignedOut<OfferBook> out -> session = null;
      case Refused<OfferBook> refused when isFinal(refused) -> {
        return Optional.of(new Ending.Refused(refused.why()));
      }
      case Refused<OfferBook> refused -> {
        session = null;
        signInLater(refused.why(), Duration.ZERO, refused.requestId());
      }
    }
    return Optional.empty();
  }

  private Optional<Ending> polled(Event.Polled polled) {
    switch (polled.reply) {
      case Answered<LeaseAnswer>(LeaseAnswer answer, var requestId) -> {
        pollsAnswered++;
        lastRequestId = requestId;
        hearAgain();
        tellClock(Duration.between(answer.serverTime(), clock.instant()), polled.trace);
        skipped = bounded(answer.skipped());
        if (answer.leases().isEmpty()) {
          stayIdle(ForeignText.oneLine(answer.idleBecause()), polled.trace);
          restAfter(polled.askedAt);
        } else {
          idleBecause = null;
          take(answer.leases(), polled.asked, polled.trace);
        }
      }
      case Deferred<LeaseAnswer>(var why, var notBefore, var requestId) ->
          pollLater(why, notBefore, requestId, polled.trace);
      case SignedOut<LeaseAnswer> out -> {
        session = null; // a session lapses, or the market has restarted: not worth a line
        lastRequestId = out.requestId();
      }
      case Refused<LeaseAnswer> refused when isFinal(refused) -> {
        lastRequestId = refused.requestId();
        return Optional.of(new Ending.Refused(refused.why()));
      }
      case Refused<LeaseAnswer> refused ->
          pollLater(refused.why(), Duration.ZERO, refused.requestId(), polled.trace);
    }
    return Optional.empty();
  }

  /** A gateway that is being changed must not end a worker that its market knows. */
  private boolean isFinal(Refused<?> refused) {
    return refused.byMarket() || pollsAnswered == 0;
  }

  private void pollLater(
      String why, Duration notBefore, @Nullable String requestId, Traceparent trace) {
    Duration wait = waitForMarket(why, notBefore, requestId, trace);
    Session now = session;
    if (now != null && !isLeaving) {
      poll(now, wait);
    }
  }

  /** The next poll comes a cycle after the last, should the market not park it. */
  private void restAfter(Instant askedAt) {
    Duration rest = SHORTEST_CYCLE.minus(Duration.between(askedAt, clock.instant()));
    Session now = session;
    if (now != null && rest.isPositive() && !isLeaving && mayPoll()) {
      // A clock that was set back meanwhile must not make us wait for it.
      poll(now, rest.compareTo(SHORTEST_CYCLE) > 0 ? SHORTEST_CYCLE : rest);
    }
  }

  private void take(List<Lease> leases, int asked, Traceparent trace) {
    int room = asked;
    for (Lease lease : leases) {
      if (running.containsKey(lease.ref())) {
        continue; // it came twice
      }
      Session now = session;
      if (now == null) {
        return;
      }
      Optional<LeaseCheck.Objection> objection =
          LeaseCheck.of(lease, now.worker, catalogue, post.table(), marketTime());
      if (objection.isPresent()) {
        warn("%s is handed back: %s".formatted(lease, objection.get().words()), trace);
        handBack(lease.ref(), objection.get().reason(), objection.get().words());
      } else if (room == 0) {
        handBack(lease.ref(), HandBack.Reason.LEAVING, "The worker has no room for it.");
      } else {
        room--;
        hold(lease);
      }
    }
  }

  private void hold(Lease lease) {
    Catalogue.Entry entry =
        catalogue
            .find(lease.modelDigest(), lease.profile())
            .orElseThrow(() -> new IllegalStateException("a checked lease has no model"));
    if (running.isEmpty()) {
      lastBeat = clock.instant();
    }
    running.put(lease.ref(), new Execution(lease, entry));
  }

  /** Gives the free slots the leases that were held first. */
  private void startExecutions() {
    Session now = session;
    int free = plan.concurrency() - inSlots();
    for (Execution next : running.values()) {
      if (now == null || free <= 0) {
        return;
      }
      if (next.thread == null) {
        free--;
        execute(next, now);
      }
    }
  }

  private int inSlots() {
    return (int) running.values().stream().filter(held -> held.thread != null).count();
  }

  private void execute(Execution execution, Session now) {
    Lease lease = execution.lease;
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .name("execution")
            .unstarted(() -> events.add(outcome(execution, now)));
    execution.thread = thread;
    thread.start();
    if (execution.output.isCancelled()) {
      thread.interrupt(); // cancelled while it waited for a slot
    }
    if (execution.isChat()) {
      Duration longest =
          Duration.between(marketTime(), Instant.ofEpochSecond(lease.assignment().deadline()))
              .plus(LAST_WORDS);
      execution.streaming =
          new Errand(
              Thread.ofVirtual().name("stream").start(() -> stream(execution, now.token, longest)));
    } else {
      execution.output.sent();
    }
  }

  /** The requester reads while the model writes. Whatever fails here, the result still counts. */
  private void stream(Execution execution, String token, Duration longest) {
    Lease lease = execution.lease;
    LiveOutput output = execution.output;
    try {
      for (int tries = 0; tries < STREAM_TRIES && !output.isAborted(); tries++) {
        Reply<StreamAnswer> reply = market.stream(token, lease.ref(), output.lines(), longest);
        if (reply instanceof Answered<StreamAnswer>) {
          return;
        }
        events.add(new Event.StreamBroke());
        if (!(reply instanceof Deferred<StreamAnswer>)) {
          return;
        }
        pause.lasting(BETWEEN_STREAMS);
      }
    } catch (InterruptedException e) {
      // It is over.
    } finally {
      output.sent();
    }
  }

  private Event outcome(Execution execution, Session now) {
    Lease lease = execution.lease;
    long began = System.nanoTime();
    try {
      Answer answer =
          execution.entry.backend().run(lease.modelDigest(), lease.input(), execution.output);
      execution.output.finish();
      Unsent result = attested(lease, answer, now);
      awaitStream(execution);
      return new Event.Finished(execution, result, System.nanoTime() - began);
    } catch (BackendFailure e) {
      return new Event.Failed(execution, e.sentence());
    } catch (InterruptedException e) {
      return new Event.Interrupted(execution);
    } catch (RuntimeException | Error e) {
      return new Event.Failed(
          execution, "The worker failed (%s).".formatted(e.getClass().getName()));
    }
  }

  /** A cancel that comes now ends the waiting, not the result: what is made is made. */
  private static void awaitStream(Execution execution) {
    try {
      execution.output.awaitSent(STREAM_ENDS_WITHIN);
    } catch (InterruptedException e) {
      // Who gave the job up has taken it out of the running ones; its result goes nowhere.
    }
  }

  private Unsent attested(Lease lease, Answer answer, Session now) {
    byte[] random = new byte[Digest.SIZE];
    chance.nextBytes(random);
    Digest salt = Digest.of(random);
    var assignment = lease.assignment();
    var opening =
        new OutputOpening(
            assignment.jobId(), assignment.attempt(), now.worker, salt, answer.output().digest());
    return new Unsent(
        new ResultAttestation(
            assignment.jobId(),
            assignment.attempt(),
            assignment.digest(now.court),
            now.worker,
            lease.modelDigest(),
            lease.profile().digest(),
            lease.inputDigest(),
            opening.commitment(),
            answer.output().evidenceRoot(),
            Digest.ZERO,
            assignment.method(),
            Math.min(answer.inputUnits(), lease.input().mostInputUnits()),
            Math.min(answer.outputUnits(), lease.input().mostOutputUnits()),
            lease.epoch(),
            clock.instant().getEpochSecond()),
        salt,
        answer.output());
  }

  private void posted(ResultPost.Posted posted) {
    homeTrouble = null;
    for (AttemptRef attempt : posted.withheld()) {
      warn(
          "Another result of job %s, attempt %d was signed before; this one is not."
              .formatted(attempt.jobId(), attempt.attempt()),
          null);
    }
    switch (posted.answers()) {
      case Answered<ResultAnswers>(ResultAnswers answers, var requestId) -> {
        lastRequestId = requestId == null ? lastRequestId : requestId;
        postBackoff.afterSuccess();
        oneByOne = Math.max(0, oneByOne - 1);
        answers.answers().forEach(this::tally);
        List<AttemptRef> answered =
            Stream.concat(
                    posted.withheld().stream(),
                    answers.answers().stream().map(ResultAnswer::attempt))
                .toList();
        inPost = inPost.stream().filter(result -> !answered.contains(result.ref())).toList();
        if (!inPost.isEmpty()) {
          postAgain(Duration.ZERO);
        }
      }
      case Deferred<ResultAnswers>(var why, var notBefore, _) -> {
        warn("%d results are not sent yet: %s.".formatted(inPost.size(), why), null);
        postAgain(notBefore);
      }
      case SignedOut<ResultAnswers> out -> {
        session = null;
        requeue();
      }
      case Refused<ResultAnswers> refused when inPost.size() > 1 -> {
        oneByOne = inPost.size(); // one of them is at fault: find it
        requeue();
      }
      case Refused<ResultAnswers>(var why, var byMarket, _, _) -> {
        if (byMarket) {
          warn("A result was refused: %s".formatted(why), null);
          inPost.forEach(result -> refuse(result.ref()));
          inPost = List.of();
          oneByOne = Math.max(0, oneByOne - 1);
        } else {
          postAgain(Duration.ZERO);
        }
      }
    }
  }

  private void refuse(AttemptRef attempt) {
    counts =
        new Counts(counts.accepted(), counts.refused() + 1, counts.failed(), counts.handedBack());
    try {
      post.forget(List.of(attempt));
    } catch (IOException e) {
      homeTrouble = "Its home cannot be written: " + e.getMessage();
    }
  }

  private void postAgain(Duration notBefore) {
    List<Unsent> batch = inPost;
    requeue();
    Session now = session;
    if (now != null && !batch.isEmpty()) {
      postNext(now, postBackoff.afterFailure(notBefore));
    }
  }

  private void requeue() {
    inPost.reversed().forEach(ready::addFirst);
    inPost = List.of();
  }

  private void tally(ResultAnswer answer) {
    boolean counts = isAccepted(answer);
    this.counts =
        new Counts(
            this.counts.accepted() + (counts ? 1 : 0),
            this.counts.refused() + (counts ? 0 : 1),
            this.counts.failed(),
            this.counts.handedBack());
    if (!counts) {
      warn(
          "The result of job %s, attempt %d is %s: %s"
              .formatted(
                  answer.attempt().jobId(),
                  answer.attempt().attempt(),
                  answer.outcome().label(),
                  ForeignText.oneLine(answer.because())),
          null);
    }
  }

  private static boolean isAccepted(ResultAnswer answer) {
    return switch (answer.outcome()) {
      case ACCEPTED, DUPLICATE -> true;
      case LATE, SUPERSEDED, DIVERGED, CONTRADICTION, REFUSED -> false;
    };
  }

  private void beat(Reply<HeartbeatAnswer> reply) {
    switch (reply) {
      case Answered<HeartbeatAnswer>(HeartbeatAnswer answer, var requestId) -> {
        lastRequestId = requestId;
        for (AttemptRef attempt : answer.stop()) {
          Execution execution = running.remove(attempt);
          if (execution != null) {
            info("%s is over, by the market's word; stopped.".formatted(execution.lease), null);
            interrupt(execution);
          }
        }
        for (AttemptRef attempt : answer.cancel()) {
          Execution execution = running.get(attempt);
          if (execution != null && !execution.output.isCancelled()) {
            info("%s is cancelled; what there is is attested.".formatted(execution.lease), null);
            execution.output.cancel();
            interruptThread(execution);
          }
        }
        if (answer.drain() && drainBecause == null) {
          drainBecause = "The market asked it to drain: " + ForeignText.oneLine(answer.because());
          info(drainBecause, null);
        }
        if (!answer.minimumAgentVersion().isEmpty()) {
          tellVersion(answer.minimumAgentVersion());
        }
      }
      case SignedOut<HeartbeatAnswer> out -> session = null;
      // Three may be missed; the poll or the post will tell of a market that is away.
      case Deferred<HeartbeatAnswer> deferred -> lastRequestId = deferred.requestId();
      case Refused<HeartbeatAnswer> refused ->
          warn("A heartbeat was refused: " + refused.why(), null);
    }
  }

  private void judged(VerdictPost.Judged judged) {
    judged
        .signed()
        .forEach(verdict ->
            info(
                "Signed as a member of a committee that the result %s is invalid."
                    .formatted(verdict.attestation()),
                null));
    judged.declined().forEach(why -> warn("A verdict is not signed: " + why, null));
    Verdicts before = verdicts;
    if (before != null) {
      verdicts =
          new Verdicts(
              before.signed() + judged.signed().size(),
              before.declined() + judged.declined().size());
    }
    if (judged.isMore()) {
      lastJudged = Instant.EPOCH;
    }
    if (judged.isSignedOut()) {
      session = null;
    }
  }

  private void handedBack(Reply<Object> reply) {
    boolean again =
        switch (reply) {
          case Answered<Object> done -> false;
          case Refused<Object> refused -> {
            warn("A hand-back was refused: " + refused.why(), null);
            yield false;
          }
          case SignedOut<Object> out -> {
            session = null;
            yield true;
          }
          case Deferred<Object> deferred -> true;
        };
    handBackTries++;
    if (!again || handBackTries == HAND_BACK_TRIES) {
      handBacks.removeFirst(); // else it lapses when heartbeats stop
      handBackTries = 0;
    }
  }

  private void giveUp(Execution execution, HandBack.Reason reason, String words) {
    running.remove(execution.lease.ref());
    interrupt(execution);
    handBack(execution.lease.ref(), reason, words);
  }

  private void handBack(AttemptRef attempt, HandBack.Reason reason, String words) {
    counts =
        new Counts(counts.accepted(), counts.refused(), counts.failed(), counts.handedBack() + 1);
    String bounded =
        words.length() > HandBack.MAX_WORDS ? words.substring(0, HandBack.MAX_WORDS) : words;
    handBacks.add(new HandBack(attempt, reason, bounded));
  }

  private static void interrupt(Execution execution) {
    execution.output.abort();
    abandon(execution.streaming);
    interruptThread(execution);
  }

  private static void interruptThread(Execution execution) {
    Thread thread = execution.thread;
    if (thread != null) {
      thread.interrupt();
    }
  }

  // --- Telling
  // ------------------------------------------------------------------------------------

  private void stayIdle(String because, Traceparent trace) {
    if (!because.equals(idleBecause)) {
      info("Idle: " + because, trace);
    }
    idleBecause = because;
  }

  private void hearAgain() {
    if (marketTrouble != null) {
      info("The market answers again.", null);
    }
    marketTrouble = null;
    marketBackoff.afterSuccess();
  }

  private Duration waitForMarket(
      String why, Duration notBefore, @Nullable String requestId, @Nullable Traceparent trace) {
    Duration wait = marketBackoff.afterFailure(notBefore);
    String sentence = why.endsWith(".") ? why : why + ".";
    warn(
        "The market at %s gives no work: %s Next try in %d.%03d s."
            .formatted(plan.market(), sentence, wait.toSeconds(), wait.toMillisPart()),
        trace);
    marketTrouble = "The market gives no work: " + sentence;
    lastRequestId = requestId == null ? lastRequestId : requestId;
    return wait;
  }

  private void tellClock(Duration ahead, Traceparent trace) {
    boolean isOff = ahead.abs().compareTo(TOLERATED_SKEW) > 0;
    if (isOff && !clockIsOff) {
      warn(
          "This machine's clock is %d s %s the market's; set it by NTP, or deadlines will be missed."
              .formatted(ahead.abs().toSeconds(), ahead.isNegative() ? "behind" : "ahead of"),
          trace);
    } else if (!isOff && clockIsOff) {
      info("This machine's clock agrees with the market's again.", trace);
    }
    clockIsOff = isOff;
    clockAhead = ahead;
  }

  private void tellVersion(String minimum) {
    if (!isOutdated && AgentVersion.isOlder(plan.agentVersion(), minimum)) {
      isOutdated = true;
      warn(
          "The market gives no leases to agents older than %s; this is %s. Update it."
              .formatted(ForeignText.oneLine(minimum), plan.agentVersion()),
          null);
    }
  }

  private Instant marketTime() {
    Duration ahead = clockAhead;
    return ahead == null ? clock.instant() : clock.instant().minus(ahead);
  }

  private void tell() {
    if (drainBecause != null) {
      become(State.DRAINING, drainBecause);
    } else if (!pauseReasons.isEmpty()) {
      become(State.PAUSED, String.join(" ", pauseReasons));
    } else if (homeTrouble != null) {
      become(State.PAUSED, homeTrouble);
    } else if (!running.isEmpty()) {
      become(State.WORKING, "%d of %d slots run a job.".formatted(inSlots(), plan.concurrency()));
    } else if (marketTrouble != null) {
      become(State.WAITING_FOR_MARKET, marketTrouble);
    } else if (idleBecause != null) {
      become(State.IDLE, idleBecause);
    } else if (pollsAnswered > 0) {
      become(State.IDLE, "It asks for work."); // whose answer may be parked for long
    }
  }

  private void become(State state, String because) {
    Instant now = clock.instant();
    boolean isSame = status.state() == state && status.because().equals(because);
    Session current = session;
    WorkerStatus next =
        new WorkerStatus(
            current == null ? status.worker() : current.worker,
            sessionKey.address(),
            plan.market(),
            plan.agentVersion(),
            plan.pid(),
            state,
            because,
            isSame ? status.since() : now,
            now,
            pollsAnswered,
            offers,
            plan.concurrency(),
            inSlots(),
            counts,
            verdicts,
            skipped,
            lastRequestId,
            clockAhead == null ? null : clockAhead.toSeconds());
    boolean isSoon = System.nanoTime() - statusWrittenAt < STATUS_AT_MOST.toNanos();
    boolean isRoutine = state == State.WORKING || state == State.IDLE;
    if (isSoon && isRoutine && status.state() != State.STARTING) {
      return; // told within a tick
    }
    if (!next.saysTheSameAs(status) || !now.isBefore(status.asOf().plus(STATUS_AT_LEAST))) {
      write(next);
    }
  }

  /** A home that cannot be written costs the provider its status, not its work. */
  private void write(WorkerStatus next) {
    status = next;
    statusWrittenAt = System.nanoTime();
    try {
      home.write(next);
      statusIsStale = false;
    } catch (IOException e) {
      if (!statusIsStale) {
        warn(
            "The status cannot be written to " + home.directory() + " (" + e + "); work goes on.",
            null);
      }
      statusIsStale = true;
    }
  }

  private static Map<String, Integer> bounded(Map<String, Integer> counted) {
    Map<String, Integer> bounded = new LinkedHashMap<>();
    counted.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .limit(32)
        .forEach(entry -> bounded.put(ForeignText.oneLine(entry.getKey()), entry.getValue()));
    return bounded;
  }

  private static long roughBytes(Unsent result) {
    return switch (result.output()) {
      case EmbeddingsOutput vectors -> 6L * vectors.count() * vectors.dimensions();
      case ChatOutput chat -> 3L * chat.text().length();
    };
  }

  private void info(String message, @Nullable Traceparent trace) {
    log.say(Log.Level.INFO, message, trace);
  }

  private void warn(String message, @Nullable Traceparent trace) {
    log.say(Log.Level.WARN, message, trace);
  }
}
