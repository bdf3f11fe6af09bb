package dev.assay.agent.work;

import dev.assay.agent.backend.Answer;
import dev.assay.agent.backend.BackendFailure;
import dev.assay.agent.key.UnsentResults.Unsent;
import dev.assay.agent.market.Market;
import dev.assay.agent.market.Reply;
import dev.assay.agent.market.Reply.Answered;
import dev.assay.agent.market.Reply.Deferred;
import dev.assay.agent.work.Execution.Outcome;
import dev.assay.protocol.Digest;
import dev.assay.protocol.OutputOpening;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.StreamAnswer;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Runs a leased job on its model, brings what a chat says to the market meanwhile, and attests what
 * came out. Of the loop's state it knows none: how a job ended is an event.
 */
final class JobRunner {
  /** A stream that says nothing for so long after its deadline has lost its market. */
  private static final Duration STREAM_AFTER_DEADLINE = Duration.ofSeconds(4);

  /** How long a result waits for the stream that goes before it. */
  private static final Duration STREAM_ENDS_WITHIN = Duration.ofSeconds(2);

  /** A stream that breaks is begun again so often: its result counts without it. */
  private static final int STREAM_TRIES = 5;

  private static final Duration BETWEEN_STREAMS = Duration.ofMillis(500);

  private final Market market;
  private final Clock clock;
  private final RandomGenerator chance;
  private final Pause pause;
  private final Consumer<Event> events;

  JobRunner(
      Market market, Clock clock, RandomGenerator chance, Pause pause, Consumer<Event> events) {
    this.market = market;
    this.clock = clock;
    this.chance = chance;
    this.pause = pause;
    this.events = events;
  }

  /**
   * Begins, on threads of its own.
   *
   * @param remaining until the deadline
   */
  void start(Execution execution, Session now, Duration remaining) {
    execution.takeSlot(
        Thread.ofPlatform()
            .daemon()
            .name("execution")
            .unstarted(() -> events.accept(new Event.Executed(outcome(execution, now)))));
    if (execution.isChat()) {
      Duration longest = remaining.plus(STREAM_AFTER_DEADLINE);
      execution.streamOn(
          Thread.ofVirtual()
              .name("stream")
              .unstarted(() -> stream(execution, now.token(), longest)));
    } else {
      execution.output().sent();
    }
  }

  /** The requester reads while the model writes. Whatever fails here, the result still counts. */
  private void stream(Execution execution, String token, Duration longest) {
    LiveOutput output = execution.output();
    try {
      for (int tries = 0; tries < STREAM_TRIES && output.isToldWhole(); tries++) {
        Reply<StreamAnswer> reply =
            market.stream(token, execution.lease().ref(), output.lines(), longest);
        if (reply instanceof Answered<StreamAnswer>) {
          return;
        }
        events.accept(new Event.StreamBroke());
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

  private Outcome outcome(Execution execution, Session now) {
    Lease lease = execution.lease();
    long began = System.nanoTime();
    try {
      Answer answer =
          execution.backend().run(lease.modelDigest(), lease.input(), execution.output());
      execution.output().finish();
      Unsent result = attested(lease, answer, now);
      awaitStream(execution);
      return new Outcome.Finished(execution, result, Duration.ofNanos(System.nanoTime() - began));
    } catch (BackendFailure e) {
      return new Outcome.Failed(execution, e.sentence());
    } catch (InterruptedException e) {
      return new Outcome.Interrupted(execution);
    } catch (RuntimeException | Error e) {
      return new Outcome.Failed(
          execution, "The worker failed (%s).".formatted(e.getClass().getName()));
    }
  }

  /** A cancel that comes now ends the waiting, not the result: what is made is made. */
  private static void awaitStream(Execution execution) {
    try {
      execution.output().awaitSent(STREAM_ENDS_WITHIN);
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
            assignment.jobId(), assignment.attempt(), now.worker(), salt, answer.output().digest());
    return new Unsent(
        new ResultAttestation(
            assignment.jobId(),
            assignment.attempt(),
            assignment.digest(now.court()),
            now.worker(),
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
}
