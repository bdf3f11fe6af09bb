package dev.assay.agent.work;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Work with files that whoever interrupts the caller does not reach: an interrupt would close the
 * file that is read or written just then. The caller waits for it, and is interrupted still.
 */
final class Undisturbed {
  private Undisturbed() {}

  static <T> T get(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, Thread::startVirtualThread).join();
  }

  static void run(Runnable work) {
    CompletableFuture.runAsync(work, Thread::startVirtualThread).join();
  }
}
