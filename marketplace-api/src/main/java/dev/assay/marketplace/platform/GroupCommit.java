package dev.assay.marketplace.platform;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.transaction.CannotCreateTransactionException;

/**
 * Writes together what many callers want to write now. Each caller waits until its item is
 * committed; one thread takes all that has gathered and commits it in one transaction, so that the
 * cost of a commit is shared under load and nobody waits for company without it.
 *
 * <p>Most of what a group costs does not depend on its size: one of 32 costs PostgreSQL half as
 * much again as one of twelve. So under load a group waits for those who have just been answered to
 * be here again, half as long as the group before it took, as {@code commit_delay} does in
 * PostgreSQL.
 *
 * @param <T> what a caller brings
 * @param <R> what it gets back after the commit
 */
public final class GroupCommit<T, R> implements AutoCloseable {
  /** After as long without anybody a load is over. */
  private static final long CALM_NANOS = 50_000_000;

  /** Of fewer at once nobody is waited for. */
  private static final int LOAD = 4;

  /** Of so many at once each costs hardly more than of any number. */
  private static final int ENOUGH = 32;

  private static final long LONGEST_PAUSE_NANOS = 5_000_000;

  private final BlockingQueue<Waiting<T, R>> queue;

  /**
   * Held while several come in together, so that the writer takes all of them and not the first.
   */
  private final ReentrantLock entering = new ReentrantLock();

  private final int most;
  private final Transactions transactions;
  private final BiFunction<List<T>, OneTrip, Supplier<List<R>>> write;
  private final Thread writer;
  private volatile boolean closed;

  private record Waiting<T, R>(T item, CompletableFuture<R> done) {}

  /**
   * @param name of the thread that writes
   * @param most how many items one transaction takes
   * @param queued how many may wait; the next is refused
   * @param write called within a transaction, with the trip that takes its last writes; what it
   *     returns answers one result for each item, in order, after the commit
   */
  public GroupCommit(
      String name,
      int most,
      int queued,
      Transactions transactions,
      BiFunction<List<T>, OneTrip, Supplier<List<R>>> write) {
    this.queue = new ArrayBlockingQueue<>(queued);
    this.most = most;
    this.transactions = transactions;
    this.write = write;
    // Not a virtual one: it waits for the database most of the time, and each wait would be two
    // switches more.
    this.writer = Thread.ofPlatform().daemon().name(name).start(this::run);
  }

  /**
   * Waits until {@code item} is committed.
   *
   * @throws Problem {@link ProblemType#UNAVAILABLE} if too many wait already, or this is closed
   */
  public R commit(T item) {
    CompletableFuture<R> done = begin(item);
    try {
      return done.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** As {@link #commit}, without waiting. */
  public CompletableFuture<R> begin(T item) {
    var waiting = new Waiting<T, R>(item, new CompletableFuture<>());
    if (!enter(waiting)) {
      throw tooMany();
    }
    return waiting.done();
  }

  /**
   * As {@link #begin}, of several that one transaction is to take, as far as it has room.
   *
   * @return one for each, in order; what is refused has failed already
   */
  public List<CompletableFuture<R>> beginAll(List<T> items) {
    List<CompletableFuture<R>> begun = new ArrayList<>(items.size());
    entering.lock();
    try {
      for (T item : items) {
        var waiting = new Waiting<T, R>(item, new CompletableFuture<>());
        begun.add(enter(waiting) ? waiting.done() : CompletableFuture.failedFuture(tooMany()));
      }
    } finally {
      entering.unlock();
    }
    return begun;
  }

  private boolean enter(Waiting<T, R> waiting) {
    if (closed || !queue.offer(waiting)) {
      return false;
    }
    LockSupport.unpark(writer);
    if (closed) { // closed in between: nobody may be left waiting
      drain();
    }
    return true;
  }

  private static Problem tooMany() {
    return new Problem(
        ProblemType.UNAVAILABLE, "More is asked than can be written now. Try again in a second.");
  }

  private void run() {
    List<Waiting<T, R>> batch = new ArrayList<>(most);
    long pause = 0;
    while (!closed) {
      try {
        long freeSince = System.nanoTime();
        Waiting<T, R> first = awaitFirst();
        if (first == null) {
          break;
        }
        batch.add(first);
        if (System.nanoTime() - freeSince > CALM_NANOS) {
          pause = 0;
        }
        if (pause > 0 && queue.size() < Math.min(ENOUGH, most) - 1) {
          TimeUnit.NANOSECONDS.sleep(pause); // who comes in does not end it
        }
        takeRest(batch);
        long began = System.nanoTime();
        write(batch);
        pause = batch.size() < LOAD ? 0 : pauseAfter(System.nanoTime() - began);
        batch.clear();
      } catch (InterruptedException e) {
        break;
      }
    }
    drain();
  }

  /** Null when this is closed. */
  private @Nullable Waiting<T, R> awaitFirst() throws InterruptedException {
    Waiting<T, R> first = queue.poll();
    while (first == null && !closed) {
      LockSupport.park(this);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      first = queue.poll();
    }
    return first;
  }

  private static long pauseAfter(long nanos) {
    return Math.min(nanos / 2, LONGEST_PAUSE_NANOS);
  }

  private void takeRest(List<Waiting<T, R>> batch) {
    entering.lock();
    try {
      queue.drainTo(batch, most - 1);
    } finally {
      entering.unlock();
    }
  }

  private void write(List<Waiting<T, R>> batch) {
    try {
      List<R> results = inTransaction(batch.stream().map(Waiting::item).toList());
      for (int i = 0; i < batch.size(); i++) {
        batch.get(i).done().complete(results.get(i));
      }
    } catch (CannotCreateTransactionException | DataAccessResourceFailureException away) {
      // The database is away: it would be for each of them too.
      batch.forEach(one -> one.done().completeExceptionally(away));
    } catch (Throwable e) { // also an Error: the writer must live, and nobody may wait for ever
      if (batch.size() == 1) {
        batch.getFirst().done().completeExceptionally(e);
      } else {
        // One item may have spoilt the transaction for all: each now stands for itself.
        batch.forEach(one -> write(List.of(one)));
      }
    }
  }

  private List<R> inTransaction(List<T> items) {
    List<R> results = transactions.commit(trip -> write.apply(items, trip));
    if (results.size() != items.size()) {
      throw new IllegalStateException(
          "A group of %d was not answered whole".formatted(items.size()));
    }
    return results;
  }

  private void drain() {
    var closing = new Problem(ProblemType.UNAVAILABLE, "The market is restarting. Try again.");
    for (var left = queue.poll(); left != null; left = queue.poll()) {
      left.done().completeExceptionally(closing);
    }
  }

  /** What is being written is still committed; what waits is refused. */
  @Override
  public void close() {
    closed = true; // not interrupted: that would cut the connection of what is being written
    LockSupport.unpark(writer);
    try {
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    drain();
  }
}
