package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.OpenJob;
import dev.assay.marketplace.offer.Offer;
import dev.assay.marketplace.offer.Offers;
import dev.assay.marketplace.platform.ReplicaId;
import dev.assay.marketplace.platform.Replicas;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Offers jobs for which other replicas have no worker to those that wait here. Each replica has its
 * turn at a job, in an order that all know without asking; a job that is still waiting when its
 * turn comes is read, together with all that are due then, as long as somebody waits here.
 */
@Component
class StealJobs {
  /** Of one model. The eldest give way; they are found by looking. */
  static final int MOST_WAITING = 1_000;

  private static final int AT_ONCE = 64;
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  private final FindJobs jobs;
  private final Assignments assignments;
  private final Floor floor;
  private final Offers offers;
  private final Replicas replicas;
  private final ReplicaId me;
  private final DispatchSettings settings;
  private final Clock clock;
  private final Counter stolen;
  private final Counter reads;

  /** By model, the eldest first. Guarded by itself. */
  private final Map<Digest, Map<JobId, Waiting>> waiting = new HashMap<>();

  private final Map<Digest, Instant> lookedAt = new ConcurrentHashMap<>();

  /** One at a time: what becomes due meanwhile is read together. */
  private final ReentrantLock reading = new ReentrantLock();

  /** Where a look goes on that has not come to the last. Guarded by {@link #reading}. */
  private final Map<Digest, JobId> lookedUpTo = new HashMap<>();

  /**
   * @param attempt that it waits for; 2 if no more is known than that there was one
   * @param due when it is this replica's turn
   */
  private record Waiting(JobId job, int attempt, Instant due) {
    /** No attempt was made at it. */
    boolean isFresh() {
      return attempt == 1;
    }

    Waiting dueAt(Instant later) {
      return new Waiting(job, attempt, later);
    }
  }

  StealJobs(
      FindJobs jobs,
      Assignments assignments,
      Floor floor,
      Offers offers,
      Replicas replicas,
      ReplicaId me,
      DispatchSettings settings,
      Clock clock,
      MeterRegistry meters) {
    this.jobs = jobs;
    this.assignments = assignments;
    this.floor = floor;
    this.offers = offers;
    this.replicas = replicas;
    this.me = me;
    this.settings = settings;
    this.clock = clock;
    this.stolen =
        Counter.builder("market.jobs.stolen")
            .description("Jobs of other replicas that were proposed to workers that wait here")
            .register(meters);
    this.reads =
        Counter.builder("market.jobs.steals")
            .description("Times that jobs of other replicas were read for workers that wait here")
            .register(meters);
  }

  @EventListener
  void on(NoticeText.Heard heard) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS); // no later than its timer
    Map<Digest, Set<Duration>> turns = new HashMap<>();
    for (Notice notice : heard.notices()) {
      switch (notice) {
        case Notice.Waiting(JobId job, Digest model, int attempt) -> {
          Duration turn = settings.stealAfter().multipliedBy(replicas.before(job, heard.from()));
          remember(model, new Waiting(job, attempt, now.plus(turn)));
          turns.computeIfAbsent(model, _ -> new HashSet<>()).add(turn);
        }
        case Notice.Leased leased -> forget(leased.job(), leased.attempt().attempt());
        case Notice.Ended ended -> forget(ended.job(), OtherReplicas.ALL);
        case Notice.Joined _,
            Notice.AttemptOver _,
            Notice.Cancelled _,
            Notice.Following _,
            Notice.Said _ -> {}
      }
    }
    turns.forEach((model, ofModel) -> ofModel.forEach(turn -> stealAfter(turn, model)));
  }

  private void stealAfter(Duration turn, Digest model) {
    CompletableFuture.delayedExecutor(
            turn.toNanos(), TimeUnit.NANOSECONDS, Thread::startVirtualThread)
        .execute(() -> stealDue(model));
  }

  /** For a worker that found nothing where it waits now. */
  void lookFor(WalletAddress worker) {
    if (replicas.isAlone()) {
      return;
    }
    for (Offer offer : offers.of(worker)) {
      Digest model = offer.modelDigest();
      stealDue(model);
      if (floor.isAwaited(model) && isTimeToLook(model)) {
        look(model);
      }
    }
  }

  private void stealDue(Digest model) {
    if (!isAnyDue(model)) {
      return;
    }
    reading.lock();
    try {
      List<Waiting> left = new ArrayList<>();
      List<Waiting> due;
      do {
        due = floor.isAwaited(model) ? takeDue(model) : List.of();
        left.addAll(offer(due));
      } while (due.size() == AT_ONCE);
      keep(model, left);
    } finally {
      reading.unlock();
    }
  }

  /** What nobody took who waits here is offered again: one of them may have more room by then. */
  private void keep(Digest model, List<Waiting> left) {
    if (left.isEmpty()) {
      return;
    }
    boolean isAwaited = floor.isAwaited(model);
    Instant due = clock.instant().plus(isAwaited ? BETWEEN_LOOKS : Duration.ZERO);
    left.forEach(one -> remember(model, one.dueAt(due)));
    if (isAwaited) {
      stealAfter(BETWEEN_LOOKS, model);
    }
  }

  /**
   * A page at a time, or what suits nobody here would hide what is behind it. After a whole page of
   * which some were wanted the next is looked at as soon as somebody comes.
   */
  private void look(Digest model) {
    reading.lock();
    try {
      Instant now = clock.instant();
      List<Waiting> found =
          assignments
              .waitingElsewhere(me.id(), model, Optional.ofNullable(lookedUpTo.get(model)), AT_ONCE)
              .stream()
              .map(row -> new Waiting(row.job(), row.isFresh() ? 1 : 2, now))
              .toList();
      if (found.size() < AT_ONCE) {
        lookedUpTo.remove(model);
      } else {
        lookedUpTo.put(model, found.getLast().job());
      }
      List<Waiting> left = offer(found);
      if (found.size() == AT_ONCE && left.size() < AT_ONCE) {
        lookedAt.remove(model);
      }
      keep(model, left);
    } finally {
      reading.unlock();
    }
  }

  private boolean isTimeToLook(Digest model) {
    Instant now = clock.instant();
    Instant last = lookedAt.getOrDefault(model, Instant.EPOCH);
    return !now.isBefore(last.plus(BETWEEN_LOOKS))
        && (lookedAt.replace(model, last, now) || lookedAt.putIfAbsent(model, now) == null);
  }

  /**
   * To workers that wait here, if nobody has them.
   *
   * @return those that are open still
   */
  private List<Waiting> offer(List<Waiting> some) {
    Map<JobId, Waiting> unknown =
        some.stream()
            .filter(one -> !floor.knows(one.job()))
            .collect(Collectors.toMap(Waiting::job, Function.identity()));
    if (unknown.isEmpty()) {
      return List.of();
    }
    reads.increment();
    List<JobId> tried =
        unknown.values().stream().filter(one -> !one.isFresh()).map(Waiting::job).toList();
    List<OpenJob> open = open(jobs.withoutEnd(unknown.keySet()), tried);
    Set<JobId> offered = floor.offer(open);
    stolen.increment(offered.size());
    return open.stream()
        .filter(one -> !offered.contains(one.job().id()))
        .flatMap(one -> Stream.ofNullable(unknown.get(one.job().id())))
        .toList();
  }

  /** Of fresh ones there is nothing more to read; whoever has taken one is found by its insert. */
  private List<OpenJob> open(List<Job> without, List<JobId> tried) {
    Map<JobId, AttemptHistory> histories =
        tried.isEmpty() ? Map.of() : AttemptHistory.of(assignments.of(tried));
    Set<JobId> cancelled = tried.isEmpty() ? Set.of() : assignments.cancelled(tried);
    List<OpenJob> open = new ArrayList<>();
    for (Job job : without) {
      AttemptHistory history = histories.getOrDefault(job.id(), AttemptHistory.NONE);
      if (!history.isExecuting()
          && !cancelled.contains(job.id())
          && history.failed().size() < settings.tries()
          && history.last() < settings.attempts()) {
        open.add(history.next(job));
      }
    }
    return open;
  }

  private void remember(Digest model, Waiting one) {
    synchronized (waiting) {
      Map<JobId, Waiting> others = waiting.computeIfAbsent(model, _ -> new LinkedHashMap<>());
      others.put(one.job(), one);
      if (others.size() > MOST_WAITING) {
        others.remove(others.keySet().iterator().next());
      }
    }
  }

  /** Unless it waits for a later attempt by now. */
  private void forget(JobId job, long upTo) {
    synchronized (waiting) {
      waiting
          .values()
          .forEach(others ->
              others.computeIfPresent(job, (_, one) -> one.attempt() <= upTo ? null : one));
    }
  }

  private boolean isAnyDue(Digest model) {
    Instant now = clock.instant();
    synchronized (waiting) {
      return waiting.getOrDefault(model, Map.of()).values().stream()
          .anyMatch(one -> !one.due().isAfter(now));
    }
  }

  private List<Waiting> takeDue(Digest model) {
    Instant now = clock.instant();
    List<Waiting> due = new ArrayList<>();
    synchronized (waiting) {
      Iterator<Waiting> others = waiting.getOrDefault(model, Map.of()).values().iterator();
      while (others.hasNext() && due.size() < AT_ONCE) {
        Waiting one = others.next();
        if (!one.due().isAfter(now)) {
          others.remove();
          due.add(one);
        }
      }
    }
    return due;
  }
}
