package dev.assay.agent.work;

import dev.assay.agent.key.SignOnceTable;
import dev.assay.agent.key.SignOnceTable.Claim;
import dev.assay.agent.key.UnsentResults;
import dev.assay.agent.key.UnsentResults.Unsent;
import dev.assay.agent.market.Market;
import dev.assay.agent.market.Reply;
import dev.assay.agent.market.Reply.Answered;
import dev.assay.agent.market.Reply.Deferred;
import dev.assay.agent.market.Reply.Refused;
import dev.assay.agent.market.Reply.SignedOut;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.Signer;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.ResultAnswers;
import dev.assay.protocol.wire.ResultAnswers.ResultAnswer;
import dev.assay.protocol.wire.ResultBatch;
import dev.assay.protocol.wire.ResultSubmission;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Brings results to the market. In this order, each step on the disk before the next: the result,
 * the claim in the table, the signature (which exists in memory only), the sending. Wherever a
 * crash comes between, the same bytes are signed again or nothing is.
 */
public final class ResultPost implements AutoCloseable {
  /** Long after its lease has lapsed, so that nobody waits for it. */
  private static final Duration WORTH_SENDING = Duration.ofDays(1);

  private final Signer sessionKey;
  private final SignOnceTable table;
  private final UnsentResults unsent;
  private final Clock clock;
  private final Set<AttemptRef> kept = ConcurrentHashMap.newKeySet();

  /**
   * @param answers what the market says of each that was sent
   * @param withheld attempts for which something else was signed before
   * @param givenUp what went alone, was not taken, and is too old to be sent again
   */
  record Posted(
      Reply<ResultAnswers> answers, List<AttemptRef> withheld, List<AttemptRef> givenUp) {}

  public ResultPost(Signer sessionKey, SignOnceTable table, UnsentResults unsent, Clock clock) {
    this.sessionKey = sessionKey;
    this.table = table;
    this.unsent = unsent;
    this.clock = clock;
    unsent.pending().forEach(result -> kept.add(result.ref()));
  }

  /** What an earlier process of this home has left, oldest first. */
  List<Unsent> leftBehind() {
    return unsent.pending();
  }

  /** That some of what was left cannot be read; nothing if all can. */
  Optional<String> leftUnreadable() {
    return unsent.setAside() == 0
        ? Optional.empty()
        : Optional.of(
            "%d results of an earlier run cannot be read and are not sent; they are in %s."
                .formatted(unsent.setAside(), unsent.unreadable()));
  }

  SignOnceTable table() {
    return table;
  }

  /**
   * Puts results on the disk, for this process or another to post.
   *
   * @throws IOException if the home cannot be written
   */
  void keep(List<Unsent> results) throws IOException {
    synchronized (kept) { // not what posting holds, which lasts as long as the market takes
      unsent.add(results.stream().filter(result -> !isKept(result)).toList());
      results.forEach(result -> kept.add(result.ref()));
    }
  }

  /** Whether it is on the disk already. */
  boolean isKept(Unsent result) {
    return kept.contains(result.ref());
  }

  /**
   * Signs and sends a batch.
   *
   * @param results at most {@link ResultBatch#MAX_RESULTS}
   * @throws IOException if the home cannot be written; then the batch is to be posted again
   */
  synchronized Posted post(List<Unsent> results, Domain court, String token, Market market)
      throws IOException, InterruptedException {
    keep(results);
    List<Claim> claims = results.stream().map(result -> claim(result, court)).toList();
    Set<Claim> admitted = new HashSet<>(table.admit(claims, clock.instant()));
    List<ResultSubmission> signed = new ArrayList<>();
    List<AttemptRef> withheld = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      Unsent result = results.get(i);
      if (admitted.contains(claims.get(i))) {
        signed.add(
            new ResultSubmission(
                result.attestation(),
                sessionKey.sign(result.attestation(), court),
                result.outputSalt(),
                result.output()));
      } else {
        withheld.add(result.ref());
      }
    }
    Reply<ResultAnswers> reply =
        signed.isEmpty()
            ? new Answered<>(new ResultAnswers(List.of()), null)
            : market.submit(token, new ResultBatch(signed));
    forget(withheld);
    List<AttemptRef> givenUp = new ArrayList<>();
    switch (reply) {
      case Answered<ResultAnswers>(ResultAnswers(List<ResultAnswer> answers), _) ->
          forget(answers.stream().map(ResultAnswer::attempt).toList());
      // Which of several is at fault nobody knows; one alone will never be taken.
      case Refused<ResultAnswers> refused when refused.byMarket() && signed.size() == 1 ->
          forget(List.of(signed.getFirst().ref()));
      case Refused<ResultAnswers> _, Deferred<ResultAnswers> _ -> {
        if (signed.size() == 1 && isTooOld(signed.getFirst())) {
          givenUp.add(signed.getFirst().ref());
          forget(givenUp);
        }
      }
      case SignedOut<ResultAnswers> _ -> {}
    }
    return new Posted(reply, withheld, givenUp);
  }

  private boolean isTooOld(ResultSubmission result) {
    return Instant.ofEpochSecond(result.attestation().issuedAt())
        .isBefore(clock.instant().minus(WORTH_SENDING));
  }

  private void forget(List<AttemptRef> attempts) throws IOException {
    synchronized (kept) {
      unsent.remove(attempts);
      attempts.forEach(kept::remove);
    }
  }

  /** Waits for what is being posted. */
  @Override
  public synchronized void close() throws IOException {
    try (table) {
      unsent.close();
    }
  }

  private static Claim claim(Unsent result, Domain court) {
    Digest attestation = result.attestation().digest(court);
    Digest submission =
        Digest.keccak256(
            ByteBuffer.allocate(3 * Digest.SIZE)
                .put(attestation.toBytes())
                .put(result.outputSalt().toBytes())
                .put(result.output().digest().toBytes())
                .array());
    return new Claim(result.ref(), attestation, submission);
  }
}
