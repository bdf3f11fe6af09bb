package dev.assay.quickstart.stack;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;

/**
 * A home and all that runs in it, as one thing: the first process to end by itself ends the rest,
 * and so does the end of this JVM. What is closed twice, or while something is still being started,
 * is closed once and completely.
 */
public final class Supervision implements AutoCloseable {
  private final Home home;
  private final Deque<ChildProcess> running = new ArrayDeque<>();
  private final List<ChildProcess> guests = new ArrayList<>();
  private final CompletableFuture<Refusal> lost = new CompletableFuture<>();
  private boolean closed;

  private Supervision(Home home) {
    this.home = home;
  }

  /** Takes over the home: it is closed with this JVM at the latest. */
  public static Supervision of(Home home) {
    var supervision = new Supervision(home);
    home.guardian()
        .lost()
        .thenAccept(guardian ->
            supervision.lost.complete(
                new Refusal(
                    ExitCode.SOFTWARE,
                    "The guardian of %s (pid %d) was ended by somebody; without it nothing would"
                            .formatted(home, guardian.pid())
                        + " stop the processes if this one were killed.")));
    Runtime.getRuntime().addShutdownHook(new Thread(supervision::close, "stop-all"));
    return supervision;
  }

  public Home home() {
    return home;
  }

  /** Starts it and waits until it is ready. */
  public ChildProcess start(ChildSpec spec) {
    ChildProcess process = ChildProcess.start(home, spec);
    add(process);
    process.awaitReady();
    return process;
  }

  /**
   * As {@link #start}, for one on which no other depends: those are stopped first, and together.
   */
  public ChildProcess startGuest(ChildSpec spec) {
    ChildProcess process = start(spec);
    synchronized (this) {
      guests.add(process);
    }
    return process;
  }

  /** From now on its end is the end of all. */
  public synchronized void add(ChildProcess process) {
    if (closed) {
      process.stop();
      return;
    }
    running.push(process);
    process.lost().thenAccept(ended -> lost.complete(ended.explainLoss()));
  }

  public void add(Stack stack) {
    stack.processes().reversed().forEach(this::add);
  }

  /** True once everything is being stopped: what fails from then on fails for that reason. */
  public synchronized boolean isClosed() {
    return closed;
  }

  /**
   * Waits until a process ends though nobody stopped it.
   *
   * @return what to tell about it
   */
  public Refusal awaitLoss() throws InterruptedException {
    try {
      return lost.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("waiting for a process to end", e);
    }
  }

  /** Stops the last that was started first; the guardian sees to what is not known here yet. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      guests.forEach(guest -> threads.execute(guest::stop));
    }
    running.forEach(ChildProcess::stop);
    home.close();
  }
}
