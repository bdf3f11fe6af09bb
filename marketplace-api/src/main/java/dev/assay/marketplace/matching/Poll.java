package dev.assay.marketplace.matching;

import dev.assay.protocol.WalletAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A worker's question for work that waits for an answer; one thread waits, the floor answers. */
public final class Poll {
  private final WalletAddress worker;
  private final int capacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Proposal> proposals = new ArrayList<>();
  private boolean released;

  /**
   * @param capacity how many leases it takes, at least 1
   */
  public Poll(WalletAddress worker, int capacity) {
    this.worker = worker;
    this.capacity = capacity;
  }

  public WalletAddress worker() {
    return worker;
  }

  int capacity() {
    return capacity;
  }

  /** Whether there is something in it to take. */
  public boolean isAnswered() {
    lock.lock();
    try {
      return !proposals.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  void propose(List<Proposal> more) {
    lock.lock();
    try {
      proposals.addAll(more);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the waiting without work. */
  public void release() {
    lock.lock();
    try {
      released = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for proposals, a release, or the end of the patience. Look for them on the floor. */
  public void await(Duration patience) throws InterruptedException {
    long nanos = patience.toNanos();
    lock.lock();
    try {
      while (proposals.isEmpty() && !released && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  List<Proposal> takeProposals() {
    lock.lock();
    try {
      List<Proposal> taken = List.copyOf(proposals);
      proposals.clear();
      return taken;
    } finally {
      lock.unlock();
    }
  }
}
