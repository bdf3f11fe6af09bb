package dev.assay.marketplace;

import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.ChatOutput.FinishReason;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.wire.Lease;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A worker that answers whatever comes until it is closed: it counts up to as many tokens as are
 * wanted, and makes vectors that a test can tell apart.
 */
public final class AnsweringWorker implements AutoCloseable {
  private static final int LONGEST = 16;

  private final TestWorker worker;
  private final Thread thread;
  private volatile boolean isClosing;

  /**
   * @param worker that offers nothing yet
   */
  public AnsweringWorker(TestWorker worker) {
    this.worker = worker.offersBoth(1_000_000);
    this.thread = Thread.ofVirtual().name("answering-worker").start(this::run);
  }

  public TestWorker worker() {
    return worker;
  }

  private void run() {
    while (!isClosing) {
      worker.asks(16, "1s").leases().forEach(this::answer);
    }
  }

  private void answer(Lease lease) {
    switch (lease.input()) {
      case EmbeddingsInput texts ->
          worker.sends(worker.result(lease, TestWorker.vectors(texts, 1)));
      case ChatInput chat -> {
        int tokens = Math.min(LONGEST, chat.maxTokens());
        var output =
            new ChatOutput(
                counted(tokens), tokens == LONGEST ? FinishReason.STOP : FinishReason.LENGTH);
        worker.sends(worker.result(lease, output, 3, tokens));
      }
    }
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
