package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.job.JobEnded;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.JobId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.http.MediaType;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** Requesters that follow a job by server-sent events, until it ends. */
@Component
class JobFeeds implements SmartLifecycle {
  private static final int MOST = 10_000;
  private static final Duration LONGEST = Duration.ofMinutes(10);

  private final FindJobs jobs;
  private final LiveLeases live;
  private final Map<JobId, List<SseEmitter>> feeds = new ConcurrentHashMap<>();
  private final AtomicInteger open = new AtomicInteger();
  private volatile boolean running;

  /**
   * What is told of a job.
   *
   * @param status as in the job itself
   */
  record Told(JobId id, String status, String because) {}

  JobFeeds(FindJobs jobs, LiveLeases live) {
    this.jobs = jobs;
    this.live = live;
  }

  /**
   * Tells first how the job is now.
   *
   * @throws Problem {@link ProblemType#UNAVAILABLE} if too many follow already
   */
  SseEmitter follow(Job job) {
    if (open.incrementAndGet() > MOST || !running) {
      open.decrementAndGet();
      throw new Problem(
          ProblemType.UNAVAILABLE, "Too many follow jobs now. Ask with 'Prefer: wait=30'.");
    }
    var emitter = new SseEmitter(LONGEST.toMillis());
    emitter.onCompletion(() -> leave(job.id(), emitter));
    emitter.onError(_ -> leave(job.id(), emitter));
    emitter.onTimeout(emitter::complete);
    feeds.compute(
        job.id(),
        (_, present) -> {
          List<SseEmitter> followers = present == null ? new CopyOnWriteArrayList<>() : present;
          followers.add(emitter);
          return followers;
        });
    Optional<JobEnd> end;
    try {
      end = jobs.endOf(job); // looked at after listening began: none is missed
    } catch (RuntimeException e) {
      leave(job.id(), emitter);
      throw e;
    }
    if (end.isPresent()) {
      tellEnd(emitter, end.get()); // only to this one: others may be at the same, and done
    } else {
      String status = live.ofJob(job.id()).isPresent() ? "executing" : "open";
      send(emitter, new Told(job.id(), status, ""));
    }
    return emitter;
  }

  void tell(JobId job, String status, String because) {
    feeds
        .getOrDefault(job, List.of())
        .forEach(emitter -> send(emitter, new Told(job, status, because)));
  }

  @EventListener
  void on(JobEnded ended) {
    JobEnd end = ended.end();
    feeds.getOrDefault(end.job(), List.of()).forEach(follower -> tellEnd(follower, end));
  }

  private static void tellEnd(SseEmitter follower, JobEnd end) {
    send(follower, new Told(end.job(), end.outcome(), end.because()));
    follower.complete();
  }

  /** Proxies cut what is silent. */
  @Scheduled(fixedDelay = 15, timeUnit = TimeUnit.SECONDS)
  void keepAlive() {
    feeds.values().forEach(followers -> followers.forEach(JobFeeds::comment));
  }

  private void leave(JobId job, SseEmitter emitter) {
    feeds.computeIfPresent(
        job,
        (_, followers) -> {
          if (followers.remove(emitter)) {
            open.decrementAndGet();
          }
          return followers.isEmpty() ? null : followers;
        });
  }

  private static void send(SseEmitter emitter, Told told) {
    try {
      emitter.send(SseEmitter.event().name(told.status()).data(told, MediaType.APPLICATION_JSON));
    } catch (IOException | IllegalStateException gone) {
      // It has left, which the container notices too, or has been told the end meanwhile.
    }
  }

  private static void comment(SseEmitter emitter) {
    try {
      emitter.send(SseEmitter.event().comment("still here"));
    } catch (IOException | IllegalStateException gone) {
      // As above.
    }
  }

  @Override
  public void start() {
    running = true;
  }

  /** Before the web server drains, which would wait for them. */
  @Override
  public void stop() {
    running = false;
    feeds.values().forEach(followers -> followers.forEach(SseEmitter::complete));
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
