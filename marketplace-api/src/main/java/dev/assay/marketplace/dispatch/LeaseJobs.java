package dev.assay.marketplace.dispatch;

import dev.assay.determinism.CrashPoint;
import dev.assay.marketplace.dispatch.Assignments.Key;
import dev.assay.marketplace.job.Blobs;
import dev.assay.marketplace.job.FirstLeases;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.Floor.Expected;
import dev.assay.marketplace.matching.OpenJob;
import dev.assay.marketplace.matching.Proposal;
import dev.assay.marketplace.platform.CourtSettings;
import dev.assay.marketplace.platform.GroupCommit;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.OneTrip.Answer;
import dev.assay.marketplace.platform.ReplicaId;
import dev.assay.marketplace.platform.Transactions;
import dev.assay.protocol.Assignment;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobInput;
import dev.assay.tracing.Traces;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import tools.jackson.databind.json.JsonMapper;

/** Makes leases of proposals, as far as PostgreSQL takes them. */
@Service
class LeaseJobs implements FirstLeases, DisposableBean {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseJobs.class);
  private static final Duration AFTER_A_FAILURE = Duration.ofSeconds(1);

  private final Assignments assignments;
  private final Epochs epochs;
  private final Blobs blobs;
  private final LiveLeases live;
  private final Floor floor;
  private final DispatchSettings settings;
  private final CourtSettings court;
  private final Notices notices;
  private final ReplicaId replica;
  private final Traces traces;
  private final JsonMapper json;
  private final Clock clock;
  private final LongAdder given = new LongAdder();

  /** Until then posts are written alone, since one could not be written with its lease. */
  private volatile Instant postedAloneUntil = Instant.MIN;

  private final Timer queued;
  private final GroupCommit<Wanted, Optional<LiveLease>> writing;

  LeaseJobs(
      Assignments assignments,
      Epochs epochs,
      Blobs blobs,
      LiveLeases live,
      Floor floor,
      DispatchSettings settings,
      CourtSettings court,
      Notices notices,
      ReplicaId replica,
      Traces traces,
      Transactions transactions,
      JsonMapper json,
      Clock clock,
      MeterRegistry meters) {
    this.queued =
        Timer.builder("market.job.queue")
            .description("From a job's posting to its first lease")
            .serviceLevelObjectives(
                Duration.ofMillis(10),
                Duration.ofMillis(100),
                Duration.ofSeconds(1),
                Duration.ofSeconds(10),
                Duration.ofMinutes(1))
            .register(meters);
    this.assignments = assignments;
    this.epochs = epochs;
    this.blobs = blobs;
    this.live = live;
    this.floor = floor;
    this.settings = settings;
    this.court = court;
    this.notices = notices;
    this.replica = replica;
    this.traces = traces;
    this.json = json;
    this.clock = clock;
    this.writing =
        new GroupCommit<>(
            "lease-jobs", settings.together(), settings.queued(), transactions, this::record);
  }

  /**
   * @param sessionKey of the worker that asked for work
   */
  private record Wanted(Proposal proposal, Optional<WalletAddress> sessionKey) {
    Job job() {
      return proposal.open().job();
    }
  }

  /**
   * @param sessionKey of the worker that asked for work
   * @return the leases, those that were written with their jobs among them; a proposal whose job
   *     has ended, or that somebody else was faster with, has none
   */
  List<LiveLease> lease(List<Proposal> proposals, Optional<WalletAddress> sessionKey) {
    List<LiveLease> leases = new ArrayList<>();
    List<Proposal> unwritten = new ArrayList<>();
    for (Proposal proposal : proposals) {
      live.of(proposal).ifPresentOrElse(leases::add, () -> unwritten.add(proposal));
    }
    if (!unwritten.isEmpty()) {
      leases.addAll(write(unwritten, sessionKey));
    }
    given.add(leases.size());
    leases.stream()
        .filter(lease -> lease.attempt() == 1)
        .forEach(lease -> queued.record(Duration.between(lease.job().postedAt(), lease.began())));
    trace(leases);
    return leases;
  }

  private List<LiveLease> write(List<Proposal> proposals, Optional<WalletAddress> sessionKey) {
    // A queue that is full is one more way in which a lease is not written.
    List<CompletableFuture<Optional<LiveLease>>> begun =
        writing.beginAll(
            proposals.stream().map(proposal -> new Wanted(proposal, sessionKey)).toList());
    List<LiveLease> leases = new ArrayList<>();
    for (int i = 0; i < begun.size(); i++) {
      Proposal proposal = proposals.get(i);
      try {
        Optional<LiveLease> lease = begun.get(i).join();
        lease.ifPresentOrElse(leases::add, () -> floor.done(proposal));
      } catch (CompletionException e) {
        // Whether it was committed is not known: if it was, it lapses; if not, the job is free.
        LOG.atWarn()
            .setCause(e.getCause())
            .addKeyValue("job", proposal.open().job().id())
            .log("A lease could not be written; the job stays open");
        floor.done(proposal);
        if (!proposal.open().isHedge()) {
          floor.open(proposal.open());
        }
      }
    }
    begin(leases);
    return leases;
  }

  /** After the commit. */
  private void begin(List<LiveLease> leases) {
    CrashPoint.API_LEASE_AFTER_COMMIT.reached();
    Instant lapsesAt = clock.instant().plus(settings.silence());
    leases.forEach(lease -> live.add(lease, lapsesAt));
    leases.forEach(lease -> notices.tell(Notice.Leased.of(lease)));
  }

  @Override
  public Giving begin(List<Job> posted, OneTrip trip) {
    if (clock.instant().isBefore(postedAloneUntil)
        || posted.stream().map(Job::modelDigest).distinct().noneMatch(floor::isAwaited)) {
      return (_, _) -> Set.of();
    }
    Epochs.Held epoch = epochs.hold(trip);
    return (jobs, last) -> give(jobs, epoch, last);
  }

  private Set<JobId> give(List<NewJob> posted, Epochs.Held held, OneTrip trip) {
    List<Expected> expected = floor.expect(posted.stream().map(NewJob::job).toList());
    if (expected.isEmpty()) {
      return Set.of();
    }
    var first = new First(expected);
    TransactionSynchronizationManager.registerSynchronization(first);
    Map<JobId, JobInput> inputs =
        posted.stream().collect(Collectors.toMap(one -> one.job().id(), NewJob::input));
    long epoch = held.number();
    Instant now = clock.instant();
    first.leases =
        expected.stream()
            .map(one ->
                lease(
                    one.proposal(),
                    one.poll().sessionKey(),
                    Objects.requireNonNull(inputs.get(one.proposal().open().job().id())),
                    epoch,
                    now))
            .toList();
    assignments.insertFirst(first.leases, replica.id(), trip);
    CrashPoint.API_LEASE_BEFORE_COMMIT.reached();
    return first.leases.stream().map(lease -> lease.job().id()).collect(Collectors.toSet());
  }

  /** Leases that are written with their jobs: told when that is over, however it ends. */
  private final class First implements TransactionSynchronization {
    private final List<Expected> expected;
    private List<LiveLease> leases = List.of();

    First(List<Expected> expected) {
      this.expected = expected;
    }

    @Override
    public void afterCompletion(int status) {
      if (status != STATUS_COMMITTED) {
        // Whether it was committed may not be known: if it was, it lapses. What keeps leases from
        // being written must not keep posts too.
        postedAloneUntil = clock.instant().plus(AFTER_A_FAILURE);
        expected.forEach(floor::takeBack);
        return;
      }
      try {
        begin(leases);
      } finally {
        expected.forEach(floor::give);
      }
    }
  }

  /**
   * The worker is not told of the job's trace: one that many jobs share tells what they are for.
   */
  private void trace(List<LiveLease> leases) {
    String poll = leases.isEmpty() ? "" : traces.traceparent();
    for (LiveLease lease : leases) {
      traces.add(
          lease.job().traceparent(),
          new Traces.Passage(
              "queue job",
              lease.job().postedAt(),
              lease.began(),
              Map.of("attempt", Integer.toString(lease.attempt()))),
          poll);
    }
  }

  /** How many there have been since this process started. */
  long given() {
    return given.sum();
  }

  private Supplier<List<Optional<LiveLease>>> record(List<Wanted> group, OneTrip trip) {
    Epochs.Held held = epochs.hold(trip);
    trip.send();
    Map<Digest, byte[]> inputs =
        blobs.findAll(
            group.stream().map(wanted -> wanted.job().inputDigest()).collect(Collectors.toSet()));
    long epoch = held.number();
    Instant now = clock.instant();
    Map<Wanted, LiveLease> leases = new IdentityHashMap<>();
    for (Wanted wanted : group) {
      byte[] input = inputs.get(wanted.job().inputDigest());
      if (input != null) {
        leases.put(
            wanted,
            lease(
                wanted.proposal(),
                wanted.sessionKey(),
                json.readValue(input, JobInput.class),
                epoch,
                now));
      }
    }
    CrashPoint.API_LEASE_BEFORE_COMMIT.reached();
    if (leases.isEmpty()) {
      return () -> group.stream().map(_ -> Optional.<LiveLease>empty()).toList();
    }
    Answer<Key> taken =
        assignments.insert(
            group.stream().map(leases::get).filter(Objects::nonNull).toList(), replica.id(), trip);
    return () -> {
      // A row has one worker: of two proposals of one attempt in a group, only the first is
      // written.
      Set<Key> left = new HashSet<>(taken.rows());
      return group.stream()
          .map(wanted ->
              Optional.ofNullable(leases.get(wanted)).filter(lease -> left.remove(lease.key())))
          .toList();
    };
  }

  private LiveLease lease(
      Proposal proposal,
      Optional<WalletAddress> sessionKey,
      JobInput input,
      long epoch,
      Instant began) {
    Instant now = began.truncatedTo(ChronoUnit.SECONDS);
    Job job = proposal.open().job();
    Instant byTier = now.plus(job.tier().attempt());
    Instant deadline = byTier.isBefore(job.deadline()) ? byTier : job.deadline();
    Assignment assignment =
        assignment(
            job,
            proposal.open().attempt(),
            proposal.offer().worker(),
            proposal.price(),
            now,
            deadline);
    return new LiveLease(
        proposal, assignment, assignment.digest(court.domain()), input, epoch, began, sessionKey);
  }

  private static Assignment assignment(
      Job job,
      int attempt,
      WalletAddress worker,
      TokenAmount price,
      Instant assignedAt,
      Instant deadline) {
    return new Assignment(
        job.signedId(),
        attempt,
        job.specDigest(),
        worker,
        job.method(),
        price,
        price,
        assignedAt.getEpochSecond(),
        deadline.getEpochSecond());
  }

  static Assignment assignment(Job job, Assignments.AssignmentRow row) {
    return assignment(
        job, row.key().attempt(), row.worker(), row.price(), row.assignedAt(), row.deadline());
  }

  /** A lease that another process has given, or this one before it forgot it. */
  LiveLease known(Job job, JobInput input, Assignments.AssignmentRow row) {
    int attempt = row.key().attempt();
    return new LiveLease(
        new Proposal(
            new OpenJob(job, attempt, Set.of(), row.isHedge()),
            row.offer(job.modelDigest()),
            row.price()),
        assignment(job, row),
        row.digest(),
        input,
        row.epoch(),
        row.assignedAt(),
        row.sessionKey());
  }

  @Override
  public void destroy() {
    writing.close();
  }
}
