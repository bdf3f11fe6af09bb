package dev.assay.marketplace;

import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.ChatOutput.FinishReason;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.TokenTrace;
import dev.assay.protocol.content.TokenTrace.Likelihood;
import dev.assay.protocol.content.TokenTrace.Position;
import dev.assay.protocol.wire.Lease;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A worker that answers whatever comes until it is closed: it counts up to as many tokens as are
 * wanted, and makes vectors that a test can tell apart.
 */
public final class AnsweringWorker implements AutoCloseable {
  private static final int LONGEST = 16;
  private static final long PAUSE_NANOS = 50_000_000;

  private final TestWorker worker;
  private final Thread thread;
  private volatile boolean isClosing;

  /**
   * @param worker that offers nothing yet
   */
  public AnsweringWorker(TestWorker worker) {
    this.worker = worker.offersAll(1_000_000);
    this.thread = Thread.ofVirtual().name("answering-worker").start(this::run);
  }

  public TestWorker worker() {
    return worker;
  }

  private void run() {
    while (!isClosing) {
      try {
        worker.asks(16, "1s").leases().forEach(this::answer);
      } catch (AssertionError refused) {
        // A busy market refuses for a moment, with 503; as an agent does, it asks again, and is
        // given again what it has not answered.
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private void answer(Lease lease) {
    switch (lease.input()) {
      case EmbeddingsInput texts ->
          worker.sends(worker.result(lease, TestWorker.vectors(texts, 1)));
      case ChatInput chat -> {
        int tokens = Math.min(LONGEST, chat.maxTokens());
        boolean isScored = lease.modelDigest().equals(TestWorker.SCORED_MODEL.digest());
        var output =
            new ChatOutput(
                counted(tokens),
                tokens == LONGEST ? FinishReason.STOP : FinishReason.LENGTH,
                isScored ? trace(tokens) : null);
        worker.sends(worker.result(lease, output, 3, tokens));
      }
    }
  }

  /**
   * Of tokens 0, 1, 2, …, each the likeliest at its place and the next four after it; their
   * logprobs have no digit that a float has not.
   */
  private static TokenTrace trace(int tokens) {
    return TokenTrace.ofPositions(
        IntStream.range(0, tokens)
            .mapToObj(place -> {
              var chosen = new Likelihood(place, -0.25f - place / 8f);
              return new Position(
                  chosen,
                  Stream.concat(
                          Stream.of(chosen),
                          IntStream.range(1, TokenTrace.LISTED)
                              .mapToObj(next -> new Likelihood(place + next, -4f - next)))
                      .toList());
            })
            .toList());
  }

  /** What it says of so many tokens. */
  public static String counted(int tokens) {
    return IntStream.rangeClosed(1, tokens)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(" "));
  }

  /** Returns when it has answered what it had: a poll that waits may still be given something. */
  @Override
  public void close() {
    worker.offersNothing();
    isClosing = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
