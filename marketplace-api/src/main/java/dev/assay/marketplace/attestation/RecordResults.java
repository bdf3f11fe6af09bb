package dev.assay.marketplace.attestation;

import dev.assay.determinism.CrashPoint;
import dev.assay.marketplace.attestation.Attestations.Kept;
import dev.assay.marketplace.attestation.Attestations.Received;
import dev.assay.marketplace.dispatch.EndAttempts;
import dev.assay.marketplace.dispatch.FindLeases;
import dev.assay.marketplace.dispatch.LiveLease;
import dev.assay.marketplace.dispatch.StreamedOutputs;
import dev.assay.marketplace.job.Blobs;
import dev.assay.marketplace.job.EndJobs;
import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.job.JobEnded;
import dev.assay.marketplace.platform.CourtSettings;
import dev.assay.marketplace.platform.GroupCommit;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.Transactions;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import dev.assay.protocol.wire.ResultAnswers.ResultAnswer;
import dev.assay.protocol.wire.ResultSubmission;
import dev.assay.tracing.Traces;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/**
 * Takes finished attempts. A result counts if its lease is live, it is what the lease asked for and
 * a key of the worker signed it; with it the attempt and the job end, and the money moves, all in
 * one transaction. Whatever else comes is answered by name and changes nothing.
 */
@Service
class RecordResults implements DisposableBean {
  private static final Logger LOG = LoggerFactory.getLogger(RecordResults.class);

  private final FindLeases leases;
  private final EndAttempts attempts;
  private final EndJobs endings;
  private final Attestations attestations;
  private final StreamedOutputs streamed;
  private final Blobs blobs;
  private final Stakes stakes;
  private final CourtSettings court;
  private final AttestationSettings settings;
  private final JsonMapper json;
  private final Traces traces;
  private final Clock clock;
  private final GroupCommit<Received, Boolean> writing;

  RecordResults(
      FindLeases leases,
      EndAttempts attempts,
      EndJobs endings,
      Attestations attestations,
      StreamedOutputs streamed,
      Blobs blobs,
      Stakes stakes,
      CourtSettings court,
      AttestationSettings settings,
      Transactions transactions,
      JsonMapper json,
      Traces traces,
      Clock clock) {
    this.leases = leases;
    this.attempts = attempts;
    this.endings = endings;
    this.attestations = attestations;
    this.streamed = streamed;
    this.blobs = blobs;
    this.stakes = stakes;
    this.court = court;
    this.settings = settings;
    this.json = json;
    this.traces = traces;
    this.clock = clock;
    this.writing =
        new GroupCommit<>(
            "record-results", settings.together(), settings.queued(), transactions, this::record);
  }

  /** What is found of a result before anything is written. */
  private sealed interface Look {
    record Answered(ResultAnswer answer) implements Look {}

    record Good(Received received) implements Look {}
  }

  /** One answer for each, in order. */
  List<ResultAnswer> record(WalletAddress worker, List<ResultSubmission> results) {
    String request = traces.traceparent();
    List<Look> looks = results.stream().map(result -> look(worker, result)).toList();
    List<Received> good =
        looks.stream()
            .filter(Look.Good.class::isInstance)
            .map(look -> ((Look.Good) look).received())
            .toList();
    // All at once and not one by one as they are looked at: they are to be written together.
    Iterator<CompletableFuture<Boolean>> begun = writing.beginAll(good).iterator();
    List<ResultAnswer> answers = new ArrayList<>();
    List<Received> counted = new ArrayList<>();
    List<RuntimeException> failures = new ArrayList<>();
    for (Look look : looks) {
      switch (look) {
        case Look.Answered(ResultAnswer answer) -> answers.add(answer);
        case Look.Good(Received received) -> {
          ResultSubmission result = received.result();
          try {
            if (isCounted(begun.next())) {
              counted.add(received);
              answers.add(new ResultAnswer(result.ref(), Outcome.ACCEPTED, ""));
            } else {
              answers.add(withoutLease(worker, result, received.digest()));
            }
          } catch (RuntimeException e) { // the others may count, and must be told
            failures.add(e);
          }
        }
      }
    }
    tell(counted, request);
    if (!failures.isEmpty()) {
      throw failures.getFirst();
    }
    return answers;
  }

  private static boolean isCounted(CompletableFuture<Boolean> writing) {
    try {
      return writing.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof EndedBefore) {
        return false;
      }
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /**
   * @param request the trace of the request that brought them
   */
  private void tell(List<Received> counted, String request) {
    if (counted.isEmpty()) {
      return;
    }
    CrashPoint.API_RESULT_AFTER_COMMIT.reached();
    attempts.forget(counted.stream().map(Received::lease).toList());
    endings.tell(counted.stream().map(RecordResults::ended).toList());
    counted.forEach(received -> trace(received, request));
  }

  private Look look(WalletAddress worker, ResultSubmission result) {
    Digest digest = result.attestation().digest(court.domain());
    Optional<WalletAddress> key = result.signature().signerOf(digest);
    boolean isSigned =
        key.flatMap(stakes::ownerOf).filter(owner -> owner.equals(worker)).isPresent();
    if (!isSigned || !result.attestation().worker().equals(worker)) {
      return answer(
          result, Outcome.REFUSED, "No key that you have bound on chain signed this attestation.");
    }
    Optional<LiveLease> found = leases.find(result.ref(), worker);
    if (found.isEmpty()) {
      return new Look.Answered(withoutLease(worker, result, digest));
    }
    LiveLease lease = found.get();
    Optional<String> objection = ResultCheck.objection(lease, result);
    if (objection.isPresent()) {
      return answer(result, Outcome.REFUSED, objection.get());
    }
    // As the database keeps it: who is told of it now and who reads it later see the same.
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    if (!now.isBefore(lease.deadline())) {
      return answer(result, Outcome.LATE, "The attempt's deadline has passed.");
    }
    if (result.output() instanceof ChatOutput chat) {
      if (chat.finishReason() == ChatOutput.FinishReason.CANCELLED
          && !attempts.isCancelled(lease)) {
        return answer(
            result, Outcome.REFUSED, "Nobody has cancelled this job: it is wanted to its end.");
      }
      if (!streamed.agree(lease, chat)) {
        return answer(result, Outcome.DIVERGED, diverged(lease, result, digest, now));
      }
    }
    return new Look.Good(
        new Received(lease, result, digest, result.output().digest(), key.orElseThrow(), now));
  }

  private void trace(Received received, String request) {
    LiveLease lease = received.lease();
    traces.add(
        lease.job().traceparent(),
        new Traces.Passage(
            "execute job",
            lease.began(),
            received.at(),
            Map.of("attempt", Integer.toString(lease.attempt()))),
        request);
  }

  /** Kept, though nobody can be slashed for it: a stream is not signed. */
  private String diverged(LiveLease lease, ResultSubmission result, Digest digest, Instant now) {
    attestations.keepDivergence(lease, result, digest, now);
    attempts.diverged(lease);
    LOG.atWarn()
        .addKeyValue("worker", lease.worker())
        .addKeyValue("job", lease.job().id())
        .addKeyValue("attempt", lease.attempt())
        .log("A worker has signed another text than it had streamed; both are kept");
    return "It is not what you streamed. Both are kept, and the attempt has failed.";
  }

  private Supplier<List<Boolean>> record(List<Received> group, OneTrip trip) {
    Map<JobId, Received> first = new LinkedHashMap<>(); // also of a hedge only one
    group.forEach(received -> first.putIfAbsent(received.lease().job().id(), received));
    List<Received> won = List.copyOf(first.values());
    IntSupplier inTime = attempts.attested(won.stream().map(Received::lease).toList(), trip);
    EndJobs.Begun ends =
        endings.begin(won.stream().map(received -> (JobEnd) end(received)).toList(), trip);
    trip.send();
    if (inTime.getAsInt() < won.size() || ends.ended().size() < won.size()) {
      // An attempt ended before (it lapsed, say), or its job did: nothing of this may stay.
      throw new EndedBefore();
    }
    attestations.insert(won, trip);
    blobs.keep(won.stream().map(this::output).toList(), trip);
    // The money last: purses that everybody wants are locked until the commit. Posts keep their
    // inputs after it; an input is never an output, so neither waits for the other's blob.
    endings.finish(ends, trip);
    CrashPoint.API_RESULT_BEFORE_COMMIT.reached();
    return () -> group.stream().map(won::contains).toList();
  }

  /** Undoes a group; those of it that are still in time are then written one by one. */
  private static final class EndedBefore extends RuntimeException {}

  private Blobs.Blob output(Received received) {
    return new Blobs.Blob(
        received.outputDigest(),
        json.writeValueAsBytes(received.result().output()),
        received.lease().job().deadline().plus(settings.retention()));
  }

  private static JobEnded ended(Received received) {
    return new JobEnded(
        end(received),
        Optional.of(new JobEnded.Result(received.result().output(), received.lease().profile())));
  }

  private static JobEnd.Attested end(Received received) {
    LiveLease lease = received.lease();
    return new JobEnd.Attested(
        lease.job().id(),
        received.at(),
        lease.attempt(),
        lease.worker(),
        received.price(),
        received.outputDigest(),
        Optional.of(
            new JobEnd.Usage(
                received.result().attestation().inputUnits(),
                received.result().attestation().outputUnits())));
  }

  /**
   * What a signed result means whose lease is not live: the same again, too late, or an offence.
   */
  private ResultAnswer withoutLease(WalletAddress worker, ResultSubmission result, Digest digest) {
    Optional<Kept> kept = attestations.find(result.ref()).filter(it -> it.worker().equals(worker));
    if (kept.isEmpty() && attempts.isSuperseded(result.ref(), worker)) {
      return new ResultAnswer(
          result.ref(),
          Outcome.SUPERSEDED,
          "Another worker had a result of this job first. Nothing is held against you.");
    }
    if (kept.isEmpty()) {
      return new ResultAnswer(
          result.ref(),
          Outcome.LATE,
          "You have no live lease on this attempt: it lapsed, was given back, or its job ended.");
    }
    if (kept.get().claim().equals(result.attestation().claim())) {
      return new ResultAnswer(result.ref(), Outcome.DUPLICATE, "It counted already.");
    }
    attestations.keepContradiction(kept.get(), result, digest, clock.instant());
    LOG.atWarn()
        .addKeyValue("worker", worker)
        .addKeyValue("job", kept.get().job())
        .addKeyValue("attempt", kept.get().attempt())
        .log("A worker has signed two different results of one attempt; both are kept");
    return new ResultAnswer(
        result.ref(),
        Outcome.CONTRADICTION,
        "You have signed another result of this attempt. Both are kept as evidence.");
  }

  private static Look answer(ResultSubmission result, Outcome outcome, String because) {
    return new Look.Answered(new ResultAnswer(result.ref(), outcome, because));
  }

  @Override
  public void destroy() {
    writing.close();
  }
}
