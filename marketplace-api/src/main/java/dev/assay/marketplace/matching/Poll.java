package dev.assay.marketplace.matching;

import dev.assay.protocol.WalletAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A worker's question for work that waits for an answer. No thread waits with it: the floor
 * answers, and whoever asked is told that it is the poll's turn.
 */
public final class Poll {
  private final WalletAddress worker;
  private final int capacity;
  private final Optional<WalletAddress> sessionKey;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<Proposal> proposals = new ArrayList<>();
  private final List<Proposal> written = new ArrayList<>();
  private int beingWritten;
  private boolean released;
  private boolean isPatient;
  private CompletableFuture<Void> turn = new CompletableFuture<>();

  /**
   * @param capacity how many leases it takes, at least 1
   * @param sessionKey that the worker asked with, if it did with one
   */
  public Poll(WalletAddress worker, int capacity, Optional<WalletAddress> sessionKey) {
    this.worker = worker;
    this.capacity = capacity;
    this.sessionKey = sessionKey;
  }

  public WalletAddress worker() {
    return worker;
  }

  public Optional<WalletAddress> sessionKey() {
    return sessionKey;
  }

  int capacity() {
    return capacity;
  }

  /** Whether a lease for it is being written. */
  public boolean isExpecting() {
    lock.lock();
    try {
      return beingWritten > 0;
    } finally {
      lock.unlock();
    }
  }

  /** Whether there is something in it to take. */
  public boolean isAnswered() {
    lock.lock();
    try {
      return !proposals.isEmpty() || !written.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  void propose(List<Proposal> more) {
    lock.lock();
    try {
      proposals.addAll(more);
      tellIfOver();
    } finally {
      lock.unlock();
    }
  }

  /** A lease for it is being written: until that is over, it waits whatever its patience. */
  void expectOne() {
    lock.lock();
    try {
      beingWritten++;
    } finally {
      lock.unlock();
    }
  }

  /** What was expected is a lease now. */
  void give(Proposal lease) {
    lock.lock();
    try {
      written.add(lease);
      beingWritten--;
      tellIfOver();
    } finally {
      lock.unlock();
    }
  }

  /** What was expected does not come; the worker may ask anew. */
  void expectOneLess() {
    lock.lock();
    try {
      beingWritten--;
      released = true;
      tellIfOver();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the waiting without work. */
  public void release() {
    lock.lock();
    try {
      released = true;
      tellIfOver();
    } finally {
      lock.unlock();
    }
  }

  /**
   * When to look on the floor: there are proposals, a release, or the end of the patience.
   *
   * <p>What depends on it is run by whoever answers, who holds locks: it goes on elsewhere.
   *
   * @param patience if it is none, this is over as soon as no lease for it is being written
   */
  public CompletableFuture<Void> turn(Duration patience) {
    lock.lock();
    try {
      isPatient = patience.isPositive();
      turn = new CompletableFuture<>();
      tellIfOver();
      return isPatient && !turn.isDone()
          ? turn.completeOnTimeout(null, patience.toNanos(), TimeUnit.NANOSECONDS)
          : turn;
    } finally {
      lock.unlock();
    }
  }

  private void tellIfOver() {
    boolean isOver = !isPatient || released || !proposals.isEmpty() || !written.isEmpty();
    if (isOver && beingWritten == 0) {
      turn.complete(null);
    }
  }

  List<Proposal> takeProposals() {
    return take(proposals);
  }

  /** Those that are leases already. */
  List<Proposal> takeWritten() {
    return take(written);
  }

  private List<Proposal> take(List<Proposal> some) {
    lock.lock();
    try {
      List<Proposal> taken = List.copyOf(some);
      some.clear();
      return taken;
    } finally {
      lock.unlock();
    }
  }
}
