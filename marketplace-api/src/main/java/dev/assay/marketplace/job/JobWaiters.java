package dev.assay.marketplace.job;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.assay.protocol.JobId;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  /** Longer than it takes from posting a job to waiting for it. */
  private static final Duration REMEMBERED_FOR = Duration.ofSeconds(5);

  private static final int REMEMBERED = 10_000;

  private final Jobs jobs;
  private final Quorums quorums;
  private final Map<JobId, Waiting> waiting = new ConcurrentHashMap<>();

  /** Jobs of whose own end was told, whether or not anybody waited then. */
  private final Cache<JobId, Boolean> told =
      Caffeine.newBuilder()
          .maximumSize(REMEMBERED)
          .expireAfterWrite(REMEMBERED_FOR)
          .executor(Runnable::run)
          .build();

  private volatile boolean running;

  JobWaiters(Jobs jobs, Quorums quorums) {
    this.jobs = jobs;
    this.quorums = quorums;
  }

  /**
   * Whoever waits for one job.
   *
   * @param isHeldBack whether its end is not that of its own execution alone
   * @param ends told how it ended, or nothing: then it is to be looked at
   */
  private record Waiting(boolean isHeldBack, List<CompletableFuture<Optional<JobEnded>>> ends) {
    void wake(Optional<JobEnded> told) {
      ends.forEach(end -> end.complete(told));
    }
  }

  /**
   * Returns when the job has ended, the patience is over, or the market is being stopped.
   *
   * @return how it ended, if it ended here meanwhile and its answer is not held back; else it is to
   *     be looked at
   */
  public Optional<JobEnded> await(Job job, Duration patience) {
    return await(job, patience, patience, false, () -> true);
  }

  /** As {@link #await(Job, Duration)}, for one that has been posted here just now. */
  Optional<JobEnded> awaitNew(Job job, Duration patience) {
    return await(job, patience, patience, true, () -> true);
  }

  /**
   * As {@link #await(Job, Duration)}, and also when nobody waits any more.
   *
   * @param isNew whether the job has been posted here just now
   * @param isWaitedFor asked again and again by the calling thread
   */
  public Optional<JobEnded> await(
      Job job, Duration patience, boolean isNew, BooleanSupplier isWaitedFor) {
    return await(job, patience, LOOK, isNew, isWaitedFor);
  }

  /** Whether anybody waits here. */
  public boolean isWaitedFor(JobId job) {
    return waiting.containsKey(job);
  }

  private Optional<JobEnded> await(
      Job job, Duration patience, Duration step, boolean isNew, BooleanSupplier isWaitedFor) {
    var end = new CompletableFuture<Optional<JobEnded>>();
    boolean isHeldBack = job.checking().verification().isHeldBack();
    waiting.compute(
        job.id(),
        (_, others) -> {
          Waiting all =
              others == null ? new Waiting(isHeldBack, new CopyOnWriteArrayList<>()) : others;
          all.ends().add(end);
          return all;
        });
    try {
      if (!running
          || isOver(job.id(), isNew && !isHeldBack)) { // it may have ended before we listened
        return Optional.empty();
      }
      Duration left = patience;
      while (!left.isNegative() && !isEnded(end, left.compareTo(step) < 0 ? left : step)) {
        left = left.minus(step);
        if (!left.isPositive() || !isWaitedFor.getAsBoolean()) {
          return Optional.empty(); // the caller looks and tells
        }
      }
      return end.getNow(Optional.empty());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      waiting.computeIfPresent(
          job.id(),
          (_, others) -> {
            others.ends().remove(end);
            return others.ends().isEmpty() ? null : others;
          });
    }
  }

  /** If a new one has ended elsewhere and nobody has told, {@link #look} finds it. */
  private boolean isOver(JobId job, boolean isNew) {
    return isNew ? told.getIfPresent(job) != null : !over(Set.of(job)).isEmpty();
  }

  private static boolean isEnded(CompletableFuture<?> end, Duration step)
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
    JobId job = ended.end().job();
    told.put(job, true);
    wakeIfOver(job, Optional.of(ended));
  }

  @EventListener
  void on(JobsEndedElsewhere ended) {
    for (JobId job : ended.jobs()) {
      told.put(job, true);
      wakeIfOver(job, Optional.empty());
    }
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

  private void wakeIfOver(JobId job, Optional<JobEnded> told) {
    Waiting all = waiting.get(job);
    if (all == null) {
      return;
    }
    if (!all.isHeldBack()) {
      all.wake(told);
    } else if (quorums.hidden(Set.of(job)).isEmpty()) {
      all.wake(Optional.empty());
    }
  }

  private void wake(JobId job) {
    Waiting all = waiting.get(job);
    if (all != null) {
      all.wake(Optional.empty());
    }
  }

  @Override
  public void start() {
    running = true;
  }

  /** Before the web server drains: whoever waits gets the job as it is. */
  @Override
  public void stop() {
    running = false;
    waiting.values().forEach(all -> all.wake(Optional.empty()));
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
