package dev.assay.quickstart.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Callers that buy the embeddings of a few texts, wait for the answer and buy again. */
public final class TextLoad implements AutoCloseable {
  private final List<String> texts;
  private final int perJob;
  private final List<Thread> callers = new ArrayList<>();
  private final AtomicInteger posted = new AtomicInteger();
  private final LongAdder jobs = new LongAdder();
  private final AtomicReference<@Nullable IOException> fault = new AtomicReference<>();
  private volatile boolean isBuying = true;

  /**
   * @param texts without characters that JSON writes otherwise; taken in turn
   * @param perJob how many of them are in a job
   */
  public TextLoad(List<String> texts, int perJob) {
    this.texts = List.copyOf(texts);
    this.perJob = perJob;
  }

  /** Buys on this connection until {@link #close}, and closes it. */
  public void buy(MarketClient requester) {
    callers.add(Thread.ofVirtual().start(() -> run(requester)));
  }

  private void run(MarketClient requester) {
    try (requester) {
      while (isBuying) {
        requester.buy(job(posted.getAndIncrement()));
        jobs.increment();
      }
    } catch (IOException e) {
      fault.compareAndSet(null, e);
    }
  }

  private byte[] job(int number) {
    List<String> wanted = new ArrayList<>();
    for (int i = 0; i < perJob; i++) {
      wanted.add("\"" + texts.get((int) (((long) number * perJob + i) % texts.size())) + "\"");
    }
    return """
    {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":[%s]}}\
    """
        .formatted(String.join(",", wanted))
        .getBytes(StandardCharsets.UTF_8);
  }

  /**
   * That are answered so far.
   *
   * @throws IOException if a caller has been refused, or a job has ended without an answer
   */
  public long jobs() throws IOException {
    IOException broken = fault.get();
    if (broken != null) {
      throw broken;
    }
    return jobs.sum();
  }

  /** Lets each caller have its last answer. */
  @Override
  public void close() throws InterruptedException {
    isBuying = false;
    for (Thread caller : callers) {
      caller.join();
    }
  }
}
