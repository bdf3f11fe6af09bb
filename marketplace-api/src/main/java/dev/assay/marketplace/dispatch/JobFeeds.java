package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.job.JobEnded;
import dev.assay.marketplace.job.JobsEndedElsewhere;
import dev.assay.marketplace.job.QuorumDecided;
import dev.assay.marketplace.job.ShownEnd;
import dev.assay.marketplace.matching.InHand;
import dev.assay.marketplace.matching.InHand.Hold;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobKind;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.wire.OutputPiece;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * The jobs that somebody follows or that say something now. Wherever a job is executed, it can be
 * followed here: what it says at another replica is told to this one while somebody listens.
 */
@Component
public class JobFeeds implements SmartLifecycle {
  private static final int MOST = 10_000;
  private static final int MOST_OF_ONE = 2_500;

  /** Whoever follows what another replica has asks for it again and again; else it is forgotten. */
  private static final Duration ASKED_FOR = Duration.ofSeconds(15);

  /** Four bytes a character at most, and a notice has less than eight thousand. */
  private static final int LARGEST_NOTICE = 1_000;

  private final FindJobs jobs;
  private final InHand inHand;
  private final Notices notices;
  private final DispatchSettings settings;
  private final Clock clock;
  private final Map<JobId, Shared> feeds = new ConcurrentHashMap<>();
  private final Map<JobId, Instant> askedForElsewhere = new ConcurrentHashMap<>();
  private final AtomicInteger followers = new AtomicInteger();
  private final Map<WalletAddress, Integer> followersOf = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();
  private volatile boolean running;

  /** A feed and for whom it is kept. Changed only within {@code feeds.compute}. */
  private static final class Shared {
    private final JobFeed feed;
    private int followers;
    private int speakers;
    private boolean isForwarding;
    private volatile boolean isAskedAnew;

    /** What was said here is kept until its result is checked against it. */
    private boolean isSpokenHere;

    /** What is followed here, if its answers are held back: its end is not that of one attempt. */
    private volatile @Nullable Job heldBack;

    /** How its own execution ended, once it has: whoever follows need not read it again. */
    private volatile @Nullable JobEnded told;

    Shared(JobFeed feed) {
      this.feed = feed;
    }

    boolean isIdle() {
      return followers == 0 && speakers == 0 && (!isSpokenHere || feed.isSilent());
    }
  }

  JobFeeds(
      FindJobs jobs,
      InHand inHand,
      Notices notices,
      DispatchSettings settings,
      Clock clock,
      MeterRegistry meters) {
    this.jobs = jobs;
    this.inHand = inHand;
    this.notices = notices;
    this.settings = settings;
    this.clock = clock;
    Gauge.builder("market.feeds.followers", followers, AtomicInteger::get)
        .description("Requests that follow a job here")
        .register(meters);
    Gauge.builder("market.feeds.bytes", bytes, AtomicLong::get)
        .description("Streamed output that is kept here until its job ends")
        .register(meters);
  }

  /** A job that is followed; to be closed. */
  public final class Following implements AutoCloseable {
    private final JobId job;
    private final WalletAddress requester;
    private final boolean isHeldBack;
    private final Shared shared;
    private final JobFeed.Reader reader;

    private Following(Job job, Shared shared) {
      this.job = job.id();
      this.requester = job.requester();
      this.isHeldBack = job.checking().verification().isHeldBack();
      this.shared = shared;
      this.reader = shared.feed.reader();
    }

    /**
     * Waits for what comes next: first how the job is and all that it has said so far.
     *
     * @return nothing after {@code patience}, and when there is no more: then {@link #isDone}
     */
    public Optional<JobEvent> next(Duration patience) throws InterruptedException {
      return reader.next(patience);
    }

    public boolean isDone() {
      return reader.isDone();
    }

    /** How it ended, if it ended here meanwhile and its answer is not held back. */
    public Optional<JobEnded> told() {
      return isHeldBack ? Optional.empty() : Optional.ofNullable(shared.told);
    }

    /** Whether nobody else follows the job here. */
    public boolean isLast() {
      Shared now = feeds.get(job);
      return now == null || now.followers <= 1;
    }

    @Override
    public void close() {
      leave(requester);
      release(job, known -> known.followers--);
    }
  }

  /**
   * Follows a job until it ends. How slowly the caller reads is nobody else's matter.
   *
   * @throws Problem {@link ProblemType#UNAVAILABLE} if too many follow already, {@link
   *     ProblemType#RATE_LIMITED} if too many of its requester's do
   */
  public Following follow(Job job) {
    enter(job.requester());
    Shared followed =
        keep(
            job.id(),
            shared -> {
              shared.followers++;
              if (job.checking().verification().isHeldBack()) {
                shared.heldBack = job;
                shared.feed.hush();
              }
            });
    var following = new Following(job, followed);
    try {
      // Looked at after listening began: none is missed.
      jobs.shownEndOf(job).ifPresent(end -> followed.feed.end(end, outputOf(job, end)));
      notices.tell(new Notice.Following(job.id(), true));
    } catch (RuntimeException e) {
      following.close();
      throw e;
    }
    return following;
  }

  private void enter(WalletAddress requester) {
    int all = followers.incrementAndGet();
    int own = followersOf.merge(requester, 1, Integer::sum);
    if (all > MOST || !running) {
      leave(requester);
      throw new Problem(
          ProblemType.UNAVAILABLE, "Too many follow jobs now. Ask with 'Prefer: wait=30'.");
    }
    if (own > MOST_OF_ONE) {
      leave(requester);
      throw new Problem(
          ProblemType.RATE_LIMITED,
          "You follow %d jobs now, as many as one may. Ask with 'Prefer: wait=30'."
              .formatted(MOST_OF_ONE));
    }
  }

  private void leave(WalletAddress requester) {
    followers.decrementAndGet();
    followersOf.computeIfPresent(requester, (_, own) -> own == 1 ? null : own - 1);
  }

  private @Nullable JobOutput outputOf(Job job, ShownEnd end) {
    return job.kind() == JobKind.CHAT ? end.result().flatMap(jobs::output).orElse(null) : null;
  }

  // --- What happens to jobs
  // --------------------------------------------------------------------------

  void executing(JobId job, int attempt) {
    with(job, feed -> feed.become(JobEvent.Status.executing(job, attempt)));
  }

  void open(JobId job) {
    with(job, feed -> feed.become(JobEvent.Status.open(job)));
  }

  /** What an attempt said without having a result. */
  void drop(JobId job, int attempt) {
    with(
        job,
        feed -> {
          feed.drop(attempt);
          inHand.leased(job).stream()
              .findFirst()
              .ifPresent(other ->
                  feed.become(JobEvent.Status.executing(job, (int) other.attempt().attempt())));
        });
    release(job, _ -> {});
  }

  @EventListener
  void on(JobEnded ended) {
    Shared shared = feeds.get(ended.end().job());
    if (shared != null) {
      shared.told = ended;
    }
    end(ended.end(), ended.result().map(JobEnded.Result::output));
  }

  @EventListener
  void on(JobsEndedElsewhere ended) {
    Set<JobId> known = new HashSet<>(ended.jobs());
    known.retainAll(feeds.keySet());
    if (!known.isEmpty()) {
      jobs.ends(known).values().forEach(end -> end(end, Optional.empty()));
    }
  }

  @EventListener
  void on(QuorumDecided decided) {
    Shared shared = feeds.get(decided.job());
    Job heldBack = shared == null ? null : shared.heldBack;
    if (heldBack != null) {
      jobs.shownEndOf(heldBack).ifPresent(end -> end(end, Optional.empty()));
    }
  }

  /**
   * Of one attempt; who follows a job whose answers are held back is told when it is decided.
   *
   * @param output its result, if it need not be read
   */
  private void end(JobEnd end, Optional<JobOutput> output) {
    Shared shared = feeds.get(end.job());
    Job heldBack = shared == null ? null : shared.heldBack;
    if (heldBack == null) {
      end(ShownEnd.of(end), output);
    } else {
      jobs.shownEndOf(heldBack).ifPresent(decided -> end(decided, Optional.empty()));
    }
  }

  private void end(ShownEnd end, Optional<JobOutput> output) {
    Shared shared = feeds.remove(end.job());
    askedForElsewhere.remove(end.job());
    if (shared == null) {
      return;
    }
    shared.feed.forget();
    boolean isHeard = shared.followers > 0;
    shared.feed.end(
        end, isHeard ? output.or(() -> end.result().flatMap(jobs::output)).orElse(null) : null);
  }

  // --- What attempts say
  // -----------------------------------------------------------------------------

  /** What an attempt says from now on; to be closed. */
  final class Speaker implements AutoCloseable {
    private final JobId job;
    private final int attempt;
    private final JobFeed feed;

    private Speaker(JobId job, int attempt, JobFeed feed) {
      this.job = job;
      this.attempt = attempt;
      this.feed = feed;
    }

    Transcript.Added say(OutputPiece piece) {
      return feed.add(attempt, piece);
    }

    <T> Optional<T> transcript(Function<Transcript, T> look) {
      return feed.transcript(attempt, look);
    }

    @Override
    public void close() {
      release(job, shared -> shared.speakers--);
    }
  }

  /**
   * @throws Problem {@link ProblemType#UNAVAILABLE} if more is being said than can be kept
   */
  Speaker speak(LiveLease lease) {
    if (bytes.get() > settings.streamedTogether().toBytes()) {
      throw new Problem(
          ProblemType.UNAVAILABLE,
          "More is streamed now than can be kept. Go on computing; the result counts without.");
    }
    JobId job = lease.job().id();
    Shared spoken =
        keep(
            job,
            shared -> {
              shared.speakers++;
              shared.isSpokenHere = true;
              if (lease.job().checking().verification().isHeldBack()) {
                shared.feed.hush();
              }
              shared.feed.begin(lease.attempt());
            });
    forward(job);
    return new Speaker(job, lease.attempt(), spoken.feed);
  }

  /** What an attempt has said here; nothing if it said it elsewhere, or nothing. */
  <T> Optional<T> transcript(LiveLease lease, Function<Transcript, T> look) {
    Shared shared = feeds.get(lease.job().id());
    return shared == null ? Optional.empty() : shared.feed.transcript(lease.attempt(), look);
  }

  boolean hasSaid(LiveLease lease) {
    return transcript(lease, said -> said.bytes() > 0).orElse(false);
  }

  // --- Other replicas
  // --------------------------------------------------------------------------------

  @EventListener
  void on(NoticeText.Heard heard) {
    for (Notice notice : heard.notices()) {
      switch (notice) {
        case Notice.Leased leased -> on(leased);
        case Notice.AttemptOver over -> on(over);
        case Notice.Following following -> on(following);
        case Notice.Said said -> on(said);
        case Notice.Joined _, Notice.Waiting _, Notice.Cancelled _, Notice.Ended _ -> {}
      }
    }
  }

  private void on(Notice.Leased leased) {
    executing(leased.job(), (int) leased.attempt().attempt());
    Shared shared = feeds.get(leased.job());
    if (shared != null && shared.followers > 0) {
      notices.tell(new Notice.Following(leased.job(), true));
    }
  }

  private void on(Notice.AttemptOver over) {
    Shared shared = feeds.get(over.job());
    if (shared != null) {
      drop(over.job(), (int) over.attempt().attempt());
      if (inHand.leased(over.job()).isEmpty()) {
        open(over.job());
      }
    }
  }

  private void on(Notice.Following following) {
    if (askedForElsewhere.size() < MOST) {
      askedForElsewhere.put(following.job(), clock.instant().plus(ASKED_FOR));
      Shared shared = feeds.get(following.job());
      if (shared != null && following.isAnew()) {
        shared.isAskedAnew = true;
      }
      forward(following.job());
    }
  }

  private void on(Notice.Said said) {
    Shared shared = feeds.get(said.job());
    if (shared == null || shared.followers == 0) {
      return;
    }
    shared.feed.begin(said.attempt());
    var piece = new OutputPiece(said.offset(), said.text());
    if (shared.feed.add(said.attempt(), piece) == Transcript.Added.APART) {
      notices.tell(new Notice.Following(said.job(), true)); // one was lost: all of it again
    }
  }

  /**
   * Asks again for what is followed here and said elsewhere, and finds ends that were not told:
   * also by this replica, of a commit that was answered with an error.
   */
  @Scheduled(fixedDelay = 5_000)
  void look() {
    Instant now = clock.instant();
    askedForElsewhere.values().removeIf(until -> until.isBefore(now));
    if (feeds.isEmpty()) {
      return;
    }
    feeds.forEach((job, shared) -> {
      if (shared.followers > 0) {
        notices.tell(new Notice.Following(job, false));
      }
    });
    jobs.ends(feeds.keySet().stream().limit(MOST).toList())
        .values()
        .forEach(end -> end(end, Optional.empty()));
  }

  /** Tells other replicas what a job says here, from its beginning, while they ask for it. */
  private void forward(JobId job) {
    if (!isAskedFor(job)) {
      return;
    }
    feeds.computeIfPresent(
        job,
        (_, shared) -> {
          if (shared.speakers > 0 && !shared.isForwarding) {
            shared.isForwarding = true;
            shared.followers++;
            Thread.ofVirtual().name("forward").start(() -> forward(job, shared));
          }
          return shared;
        });
  }

  private boolean isAskedFor(JobId job) {
    Instant until = askedForElsewhere.get(job);
    return until != null && clock.instant().isBefore(until);
  }

  private void forward(JobId job, Shared shared) {
    var reader = shared.feed.reader();
    try {
      while (running && !reader.isDone() && isAskedFor(job)) {
        if (shared.isAskedAnew) {
          shared.isAskedAnew = false;
          reader = shared.feed.reader();
        }
        reader
            .next(Duration.ofSeconds(1))
            .filter(JobEvent.Piece.class::isInstance)
            .map(JobEvent.Piece.class::cast)
            .ifPresent(piece -> said(job, piece).forEach(notices::tell));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      release(
          job,
          known -> {
            known.isForwarding = false;
            known.followers--;
          });
    }
  }

  private static List<Notice> said(JobId job, JobEvent.Piece piece) {
    List<Notice> notices = new ArrayList<>();
    long offset = piece.offset();
    for (int from = 0; from < piece.text().length(); ) {
      int to = Math.min(piece.text().length(), from + LARGEST_NOTICE);
      if (to < piece.text().length() && Character.isHighSurrogate(piece.text().charAt(to - 1))) {
        to--;
      }
      String text = piece.text().substring(from, to);
      notices.add(new Notice.Said(job, piece.attempt(), offset, text));
      offset += text.getBytes(StandardCharsets.UTF_8).length;
      from = to;
    }
    return notices;
  }

  // --- Keeping
  // ---------------------------------------------------------------------------------------

  private interface Change {
    void to(Shared shared);
  }

  private Shared keep(JobId job, Change change) {
    return feeds.compute(
        job,
        (_, present) -> {
          Shared shared = present == null ? new Shared(new JobFeed(status(job), bytes)) : present;
          change.to(shared);
          return shared;
        });
  }

  private void release(JobId job, Change change) {
    feeds.computeIfPresent(
        job,
        (_, shared) -> {
          change.to(shared);
          if (!shared.isIdle()) {
            return shared;
          }
          shared.feed.forget();
          return null;
        });
  }

  private void with(JobId job, Consumer<JobFeed> tell) {
    Shared shared = feeds.get(job);
    if (shared != null) {
      tell.accept(shared.feed);
    }
  }

  private JobEvent.Status status(JobId job) {
    List<Hold> leased = inHand.leased(job);
    return leased.isEmpty()
        ? JobEvent.Status.open(job)
        : JobEvent.Status.executing(job, (int) leased.getFirst().attempt().attempt());
  }

  @Override
  public void start() {
    running = true;
  }

  /** Before the web server drains, which would wait for them. */
  @Override
  public void stop() {
    running = false;
    feeds.values().forEach(shared -> shared.feed.close());
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
