package dev.assay.agent.work;

import dev.assay.agent.key.UnsentResults.Unsent;
import dev.assay.agent.market.ForeignText;
import dev.assay.agent.market.Reply.Answered;
import dev.assay.agent.market.Reply.Deferred;
import dev.assay.agent.market.Reply.Refused;
import dev.assay.agent.market.Reply.SignedOut;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.TokenTrace;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.ResultAnswers;
import dev.assay.protocol.wire.ResultAnswers.ResultAnswer;
import dev.assay.protocol.wire.ResultBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Results on their way to the market: which go next, how soon, and what its answers mean. One batch
 * is in the post at a time; what comes of it is heard before the next is taken.
 */
final class ResultQueue {
  private static final long LARGEST_BATCH_BYTES = 2L * 1024 * 1024;

  /** A batch costs little more than one result, to the disk, the network and the market. */
  private static final Duration FOR_COMPANY = Duration.ofMillis(50);

  /** A batch that was not taken so often in a row has one at fault, or its market is away. */
  private static final int MOST_DEFERRALS = 3;

  private final Path home;
  private final Backoff backoff;
  private final Backoff backoffBehind;
  private final Log log;
  private final Deque<Unsent> ready;
  private List<Unsent> inPost = List.of();

  /** Those that are to be sent alone, because one of a batch is at fault. */
  private final Set<AttemptRef> alone = new HashSet<>();

  /** Those that were not taken alone either; what keeps one of them keeps no others. */
  private final Set<AttemptRef> behind = new HashSet<>();

  private Instant behindSince = Instant.EPOCH;
  private Duration pauseBehind = Duration.ZERO;

  /** How many batches in a row were not taken for now. */
  private int deferrals;

  /** Since when the oldest that is ready could be sent; of no account while none is. */
  private Instant readySince = Instant.EPOCH;

  private Duration pause = Duration.ZERO;
  private @Nullable String trouble;
  private long accepted;
  private long refused;

  /**
   * @param leftBehind by an earlier process of this home, oldest first
   */
  ResultQueue(Path home, List<Unsent> leftBehind, RandomGenerator chance, Log log) {
    this.home = home;
    this.ready = new ArrayDeque<>(leftBehind);
    this.backoff = new Backoff(chance);
    this.backoffBehind = new Backoff(chance);
    this.log = log;
  }

  void add(Unsent result, Instant now) {
    if (ready.stream().noneMatch(other -> mayGo(other, now))) {
      readySince = now;
    }
    ready.add(result);
  }

  /** How long those that are ready may wait for more of them. */
  Duration company(Instant now) {
    Duration left = FOR_COMPANY.minus(Duration.between(readySince, now));
    // A clock that was set back meanwhile must not make them wait for it.
    return left.compareTo(FOR_COMPANY) > 0 ? Duration.ZERO : left;
  }

  /** Those in the post among them. */
  int size() {
    return ready.size() + inPost.size();
  }

  boolean isEmpty() {
    return size() == 0;
  }

  /** Whether a batch could be taken. */
  boolean isReady(Instant now) {
    return inPost.isEmpty() && ready.stream().anyMatch(result -> mayGo(result, now));
  }

  private boolean mayGo(Unsent result, Instant now) {
    return !behind.contains(result.ref()) || !isPausedBehind(now);
  }

  private boolean isPausedBehind(Instant now) {
    Duration waited = Duration.between(behindSince, now);
    // A clock that was set back meanwhile must not make them wait for it.
    return !waited.isNegative() && waited.compareTo(pauseBehind) < 0;
  }

  /** Those in the post first. */
  Stream<AttemptRef> refs() {
    return all().map(Unsent::ref);
  }

  /** Those in the post first. */
  Stream<Unsent> all() {
    return Stream.concat(inPost.stream(), ready.stream());
  }

  /** Those that are not in the post. */
  Stream<Unsent> waiting() {
    return ready.stream();
  }

  /** Since the start of the process. */
  long accepted() {
    return accepted;
  }

  /** By the market, since the start of the process. */
  long refused() {
    return refused;
  }

  /** Why results cannot be kept, and so not signed; nothing if they can. */
  Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  /** How long the next batch has to wait, or that in the post had to. */
  Duration pause() {
    return pause;
  }

  /** The next batch: at least one result, and no more than a request should carry. */
  List<Unsent> take(Instant now) {
    List<Unsent> batch = new ArrayList<>();
    long bytes = 0;
    Iterator<Unsent> next = ready.iterator();
    while (next.hasNext() && batch.size() < ResultBatch.MAX_RESULTS) {
      Unsent result = next.next();
      if (!mayGo(result, now)) {
        continue;
      }
      bytes += roughBytes(result);
      boolean isAlone = alone.contains(result.ref());
      if (!batch.isEmpty() && (isAlone || bytes > LARGEST_BATCH_BYTES)) {
        break;
      }
      batch.add(result);
      next.remove();
      if (isAlone) {
        break;
      }
    }
    inPost = List.copyOf(batch);
    return inPost;
  }

  /** What came of the batch in the post. */
  void heard(ResultPost.Posted posted, Instant now) {
    trouble = null;
    pause = Duration.ZERO;
    for (AttemptRef attempt : posted.withheld()) {
      log.warn(
          "Another result of job %s, attempt %d was signed before; this one is not."
              .formatted(attempt.jobId(), attempt.attempt()));
    }
    strike(posted.withheld());
    for (AttemptRef attempt : posted.givenUp()) {
      log.warn(
          "The result of job %s, attempt %d is given up: a day after it was made it is not taken."
              .formatted(attempt.jobId(), attempt.attempt()));
      refused++;
    }
    strike(posted.givenUp());
    switch (posted.answers()) {
      case Answered<ResultAnswers>(ResultAnswers(List<ResultAnswer> answers), _) -> {
        backoff.afterSuccess();
        deferrals = 0;
        answers.forEach(this::tally);
        strike(answers.stream().map(ResultAnswer::attempt).toList());
        if (!inPost.isEmpty()) {
          again(Duration.ZERO);
        }
      }
      case Deferred<ResultAnswers>(var why, var notBefore, _)
          when inPost.stream().allMatch(result -> alone.contains(result.ref())) ->
          putBehind(why, notBefore, now);
      case Deferred<ResultAnswers>(var why, var notBefore, _) -> {
        log.warn("%d results are not sent yet: %s.".formatted(inPost.size(), why));
        deferrals++;
        if (deferrals >= MOST_DEFERRALS) {
          sendAlone();
        }
        again(notBefore);
      }
      case SignedOut<ResultAnswers> out -> requeue();
      case Refused<ResultAnswers> one when inPost.size() > 1 -> {
        sendAlone(); // one of them is at fault: find it
        requeue();
      }
      case Refused<ResultAnswers>(var why, var byMarket, _, _) -> {
        if (byMarket) {
          log.warn("A result was refused: " + why);
          refused += inPost.size();
          strike(inPost.stream().map(Unsent::ref).toList());
        } else {
          putBehind(why, Duration.ZERO, now);
        }
      }
    }
  }

  /** The batch in the post could not be kept, or what came of it could not. */
  void notPosted(IOException why) {
    cannotKeep(why);
    again(Duration.ZERO);
  }

  /** The home cannot be written. */
  void cannotKeep(IOException why) {
    if (trouble == null) {
      log.warn(
          "Results cannot be kept in %s (%s); nothing is signed until they can."
              .formatted(home, why.getMessage()));
    }
    trouble = "Its home cannot be written: " + why.getMessage();
  }

  private void tally(ResultAnswer answer) {
    if (isAccepted(answer)) {
      accepted++;
      return;
    }
    refused++;
    log.warn(
        "The result of job %s, attempt %d is %s: %s"
            .formatted(
                answer.attempt().jobId(),
                answer.attempt().attempt(),
                answer.outcome().label(),
                ForeignText.oneLine(answer.because())));
  }

  private static boolean isAccepted(ResultAnswer answer) {
    return switch (answer.outcome()) {
      case ACCEPTED, DUPLICATE -> true;
      case LATE, SUPERSEDED, DIVERGED, CONTRADICTION, REFUSED -> false;
    };
  }

  private void strike(List<AttemptRef> attempts) {
    inPost = inPost.stream().filter(result -> !attempts.contains(result.ref())).toList();
    attempts.forEach(alone::remove);
    if (behind.removeAll(attempts)) {
      backoffBehind.afterSuccess();
      pauseBehind = Duration.ZERO;
    }
  }

  private void sendAlone() {
    inPost.forEach(result -> alone.add(result.ref()));
  }

  /**
   * What is not taken alone must not keep the others, which may be. The first time it may be the
   * market that is away: then the others wait as well.
   */
  private void putBehind(String why, Duration notBefore, Instant now) {
    boolean isKnown =
        !inPost.isEmpty() && inPost.stream().allMatch(result -> behind.contains(result.ref()));
    if (!isKnown) {
      pause = backoff.afterFailure(notBefore);
    }
    sendAlone();
    for (Unsent result : inPost) {
      if (behind.add(result.ref())) {
        log.warn(
            "The result of job %s, attempt %d is not taken, and goes behind the others: %s"
                .formatted(result.ref().jobId(), result.ref().attempt(), why));
      }
    }
    ready.addAll(inPost);
    inPost = List.of();
    behindSince = now;
    pauseBehind = backoffBehind.afterFailure(notBefore);
  }

  private void again(Duration notBefore) {
    requeue();
    pause = backoff.afterFailure(notBefore);
  }

  private void requeue() {
    inPost.reversed().forEach(ready::addFirst);
    inPost = List.of();
  }

  private static long roughBytes(Unsent result) {
    return switch (result.output()) {
      case EmbeddingsOutput vectors -> 6L * vectors.count() * vectors.dimensions();
      case ChatOutput chat ->
          3L * chat.text().length()
              + (chat.trace() == null ? 0 : 2L * TokenTrace.ENTRY * chat.trace().count());
    };
  }
}
