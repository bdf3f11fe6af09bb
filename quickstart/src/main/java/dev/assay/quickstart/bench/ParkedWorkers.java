package dev.assay.quickstart.bench;

import dev.assay.protocol.Domain;
import dev.assay.protocol.LocalSigner;
import dev.assay.quickstart.stack.DatabaseLogin;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Many workers that ask for work, get none and ask again; all over one connection each. */
public final class ParkedWorkers implements AutoCloseable {
  private static final int WAIT_SECONDS = 25;
  private static final int AT_ONCE = 16;
  private static final int MOST_TRIES = 20;

  /** The agent's. */
  private static final long FIRST_BACKOFF_MILLIS = 500;

  private static final long MOST_BACKOFF_MILLIS = 30_000;

  private final List<ProtocolWorker> workers = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger polls = new AtomicInteger();
  private volatile boolean isOpen = true;

  /**
   * @param keys of session keys, already bound and staked
   */
  public ParkedWorkers(int port, List<LocalSigner> keys, Domain court, Clock clock) {
    for (LocalSigner key : keys) {
      workers.add(new ProtocolWorker(port, key, court, clock));
    }
  }

  /**
   * Binds and bonds at once, as the chain's feed would; ten thousand calls of a faucet are not the
   * point.
   */
  public static void bond(DatabaseLogin login, List<LocalSigner> keys) throws SQLException {
    try (Connection connection = login.connect();
        var stake =
            connection.prepareStatement(
                """
                insert into marketplace.stake (worker, bonded, thawing, frozen, position)
                select worker, 1000000000, 0, 0, 1 from unnest(?) as t (worker)
                """);
        var key =
            connection.prepareStatement(
                """
                insert into marketplace.session_key (key, worker, position)
                select key, worker, 1 from unnest(?, ?) as t (key, worker)
                """);
        var tell = connection.createStatement()) {
      var wallets =
          connection.createArrayOf(
              "text", keys.stream().map(k -> ProtocolWorker.walletOf(k).hex()).toArray());
      stake.setArray(1, wallets);
      stake.executeUpdate();
      key.setArray(
          1, connection.createArrayOf("text", keys.stream().map(k -> k.address().hex()).toArray()));
      key.setArray(2, wallets);
      key.executeUpdate();
      tell.executeUpdate("update marketplace.stake_change set version = version + 1");
    }
  }

  /** Signs all in and has them offer; returns when all have. */
  public void enter() throws IOException, InterruptedException {
    var places = new Semaphore(AT_ONCE);
    var broken = new AtomicReference<IOException>();
    List<Thread> entering = new ArrayList<>();
    for (ProtocolWorker worker : workers) {
      places.acquire();
      entering.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  enter(worker);
                } catch (IOException e) {
                  broken.set(e);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                } finally {
                  places.release();
                }
              }));
    }
    for (Thread thread : entering) {
      thread.join();
    }
    if (broken.get() != null) {
      throw broken.get();
    }
  }

  /** A market that has too much to do says so, and is asked again. */
  private static void enter(ProtocolWorker worker) throws IOException, InterruptedException {
    for (int tries = 1; ; tries++) {
      try {
        worker.signIn().offer(1);
        return;
      } catch (IOException putOff) {
        if (tries == MOST_TRIES) {
          throw putOff;
        }
        Thread.sleep(200L * tries);
      }
    }
  }

  /**
   * From now on each polls; after a failure it waits as the agent does, twice as long each time.
   */
  public void poll(SplittableRandom chance) {
    for (ProtocolWorker worker : workers) {
      SplittableRandom own = chance.split();
      threads.add(Thread.ofVirtual().start(() -> run(worker, own)));
    }
  }

  private void run(ProtocolWorker worker, SplittableRandom chance) {
    long backoff = FIRST_BACKOFF_MILLIS;
    try {
      while (isOpen) {
        if (isAnswered(worker)) {
          polls.incrementAndGet();
          backoff = FIRST_BACKOFF_MILLIS;
        } else {
          Thread.sleep(chance.nextLong(backoff)); // full jitter
          backoff = Math.min(2 * backoff, MOST_BACKOFF_MILLIS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isAnswered(ProtocolWorker worker) {
    try {
      return worker.poll(1, WAIT_SECONDS).isPresent();
    } catch (IOException away) {
      return false;
    }
  }

  /** Polls that ended without work. */
  public int polls() {
    return polls.get();
  }

  @Override
  public void close() {
    isOpen = false;
    threads.forEach(Thread::interrupt);
    workers.forEach(ProtocolWorker::close);
  }
}
