package dev.assay.quickstart.bench;

import dev.assay.determinism.Ids;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import dev.assay.protocol.wire.ResultAnswers.ResultAnswer;
import dev.assay.protocol.wire.ResultSubmission;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Requesters that post one job after the other and workers that lease, sign and send, as fast as
 * the market lets them. What is not answered is asked again, so it also goes on when the market
 * dies.
 */
public final class LifecycleLoad implements AutoCloseable {
  private static final int LEASES_A_POLL = 64;
  private static final int WAIT_SECONDS = 2;
  private static final long RETRY_MILLIS = 50;

  private final Ids ids;
  private final Semaphore unanswered;
  private final Queue<String> taken = new ConcurrentLinkedQueue<>();
  private final List<Thread> posting = new ArrayList<>();
  private final List<Thread> working = new ArrayList<>();
  private final LongAdder posted = new LongAdder();
  private final LongAdder attested = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private volatile boolean isPosting = true;
  private volatile boolean isWorking = true;
  private volatile long lastPostNanos = System.nanoTime();
  private volatile long lastResultNanos = System.nanoTime();

  /**
   * @param unanswered how many jobs may be without a result at a time
   */
  public LifecycleLoad(Ids ids, int unanswered) {
    this.ids = ids;
    this.unanswered = new Semaphore(unanswered);
  }

  /** Posts on this connection until {@link #stopPosting}. */
  public void post(MarketClient requester) {
    post(requester, Duration.ZERO);
  }

  /** With a pause after each job. */
  public void post(MarketClient requester, Duration pause) {
    posting.add(Thread.ofVirtual().start(() -> runPosting(requester, pause)));
  }

  /** Works until {@link #close}. */
  public void work(ProtocolWorker worker) {
    working.add(Thread.ofVirtual().start(() -> runWorking(worker)));
  }

  private void runPosting(MarketClient requester, Duration pause) {
    long number = 0;
    while (isPosting) {
      try {
        if (!unanswered.tryAcquire(100, TimeUnit.MILLISECONDS)) {
          continue;
        }
        String id = "job_" + ids.next();
        byte[] job = MarketClient.job(id, "text " + number++ + " of " + id.substring(24));
        if (untilTaken(requester, job)) {
          taken.add(id);
          posted.increment();
          lastPostNanos = System.nanoTime();
        }
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private boolean untilTaken(MarketClient requester, byte[] job) throws InterruptedException {
    while (isPosting) {
      try {
        HttpConnection.Answer answer = requester.send("POST", "/api/jobs", job);
        if (answer.isOk()) {
          return true;
        }
        refused.increment();
      } catch (IOException away) {
        refused.increment();
      }
      Thread.sleep(RETRY_MILLIS);
    }
    return false;
  }

  private void runWorking(ProtocolWorker worker) {
    try {
      while (isWorking) {
        List<Lease> leases;
        try {
          leases = worker.lease(LEASES_A_POLL, WAIT_SECONDS);
        } catch (IOException away) {
          Thread.sleep(RETRY_MILLIS);
          continue;
        }
        if (!leases.isEmpty()) {
          List<ResultSubmission> results = leases.stream().map(worker::result).toList();
          untilSent(worker, results);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void untilSent(ProtocolWorker worker, List<ResultSubmission> results)
      throws InterruptedException {
    boolean isRepeated = false;
    while (isWorking) {
      try {
        for (ResultAnswer answer : worker.send(results)) {
          // A duplicate that we did not mean: its first answer was lost.
          if (answer.outcome() == Outcome.ACCEPTED
              || isRepeated && answer.outcome() == Outcome.DUPLICATE) {
            attested.increment();
            unanswered.release();
            lastResultNanos = System.nanoTime();
          }
        }
        return;
      } catch (IOException away) {
        isRepeated = true;
        Thread.sleep(RETRY_MILLIS);
      }
    }
  }

  public long posted() {
    return posted.sum();
  }

  public long attested() {
    return attested.sum();
  }

  /** Posts and polls that were not answered well. */
  public long refused() {
    return refused.sum();
  }

  public long lastPostNanos() {
    return lastPostNanos;
  }

  public long lastResultNanos() {
    return lastResultNanos;
  }

  /** The ids of all jobs that were taken. */
  public List<String> taken() {
    return List.copyOf(taken);
  }

  /** Returns when nobody posts any more. */
  public void stopPosting() throws InterruptedException {
    isPosting = false;
    for (Thread thread : posting) {
      thread.join();
    }
    posting.clear();
  }

  /** From then on requesters may be added again. */
  public void resumePosting() {
    isPosting = true;
  }

  /** Waits until every job that was taken has its result. */
  public boolean awaitResults(long millis) throws InterruptedException {
    long until = System.nanoTime() + millis * 1_000_000;
    while (attested() < posted() && System.nanoTime() < until) {
      Thread.sleep(20);
    }
    return attested() >= posted();
  }

  @Override
  public void close() {
    isPosting = false;
    isWorking = false;
    try {
      for (Thread thread : posting) {
        thread.join();
      }
      for (Thread thread : working) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
