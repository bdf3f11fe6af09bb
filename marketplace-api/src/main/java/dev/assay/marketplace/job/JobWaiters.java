package dev.assay.marketplace.job;

import dev.assay.protocol.JobId;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Requests that wait for a job's end. What ends here is told at once, what ends at another replica
 * within milliseconds, or found within a second if it is not told.
 */
@Component
public class JobWaiters implements SmartLifecycle {
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Jobs jobs;
  private final Quorums quorums;
  private final Map<JobId, List<CompletableFuture<Boolean>>> waiting = new ConcurrentHashMap<>();
  private volatile boolean running;

  JobWaiters(Jobs jobs, Quorums quorums) {
    this.jobs = jobs;
    this.quorums = quorums;
  }

  /** Returns when the job has ended, the patience is over, or the market is being stopped. */
  public void await(JobId job, Duration patience) {
    await(job, patience, patience, () -> true);
  }

  /**
   * As {@link #await(JobId, Duration)}, and also when nobody waits any more.
   *
   * @param isWaitedFor asked again and again by the calling thread
   */
  public void await(JobId job, Duration patience, BooleanSupplier isWaitedFor) {
    await(job, patience, LOOK, isWaitedFor);
  }

  /** Whether anybody waits here. */
  public boolean isWaitedFor(JobId job) {
    return waiting.containsKey(job);
  }

  private void await(JobId job, Duration patience, Duration step, BooleanSupplier isWaitedFor) {
    var end = new CompletableFuture<Boolean>();
    waiting.computeIfAbsent(job, _ -> new CopyOnWriteArrayList<>()).add(end);
    try {
      if (!running || !over(Set.of(job)).isEmpty()) { // it may have ended before we listened
        return;
      }
      Duration left = patience;
      while (!left.isNegative() && !isEnded(end, left.compareTo(step) < 0 ? left : step)) {
        left = left.minus(step);
        if (!left.isPositive() || !isWaitedFor.getAsBoolean()) {
          return; // the caller looks and tells
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      waiting.computeIfPresent(
          job,
          (_, others) -> {
            others.remove(end);
            return others.isEmpty() ? null : others;
          });
    }
  }

  private static boolean isEnded(CompletableFuture<Boolean> end, Duration step)
      throws InterruptedException {
    try {
      end.get(step.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException notYet) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException("An end that is told does not fail", e);
    }
  }

  @EventListener
  void on(JobEnded ended) {
    wakeIfOver(ended.end().job());
  }

  @EventListener
  void on(JobEndedElsewhere ended) {
    wakeIfOver(ended.job());
  }

  @EventListener
  void on(QuorumDecided decided) {
    wake(decided.job());
  }

  @Scheduled(fixedDelay = 1, timeUnit = TimeUnit.SECONDS)
  void look() {
    List<JobId> some = waiting.keySet().stream().limit(10_000).toList();
    if (!some.isEmpty()) {
      over(some).forEach(this::wake);
    }
  }

  /** One of a quorum that has its answer still waits for the others. */
  private Set<JobId> over(Collection<JobId> some) {
    Set<JobId> over = jobs.ends(some).stream().map(JobEnd::job).collect(Collectors.toSet());
    if (!over.isEmpty()) {
      over.removeAll(quorums.hidden(over));
    }
    return over;
  }

  private void wakeIfOver(JobId job) {
    if (waiting.containsKey(job) && quorums.hidden(Set.of(job)).isEmpty()) {
      wake(job);
    }
  }

  private void wake(JobId job) {
    waiting.getOrDefault(job, List.of()).forEach(end -> end.complete(true));
  }

  @Override
  public void start() {
    running = true;
  }

  /** Before the web server drains: whoever waits gets the job as it is. */
  @Override
  public void stop() {
    running = false;
    waiting.values().forEach(ends -> ends.forEach(end -> end.complete(false)));
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return Integer.MAX_VALUE;
  }
}
