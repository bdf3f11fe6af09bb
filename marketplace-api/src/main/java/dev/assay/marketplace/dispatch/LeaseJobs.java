package dev.assay.marketplace.dispatch;

import dev.assay.determinism.CrashPoint;
import dev.assay.marketplace.dispatch.Assignments.Key;
import dev.assay.marketplace.job.Blobs;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.Proposal;
import dev.assay.marketplace.platform.CourtSettings;
import dev.assay.marketplace.platform.GroupCommit;
import dev.assay.marketplace.platform.Problem;
import dev.assay.protocol.Assignment;
import dev.assay.protocol.Digest;
import dev.assay.protocol.content.JobInput;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionOperations;
import tools.jackson.databind.json.JsonMapper;

/** Makes leases of proposals, as far as PostgreSQL takes them. */
@Service
class LeaseJobs implements DisposableBean {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseJobs.class);

  private final Assignments assignments;
  private final Epochs epochs;
  private final FindJobs jobs;
  private final Blobs blobs;
  private final LiveLeases live;
  private final Floor floor;
  private final DispatchSettings settings;
  private final CourtSettings court;
  private final JsonMapper json;
  private final Clock clock;
  private final GroupCommit<Proposal, Optional<LiveLease>> writing;

  LeaseJobs(
      Assignments assignments,
      Epochs epochs,
      FindJobs jobs,
      Blobs blobs,
      LiveLeases live,
      Floor floor,
      DispatchSettings settings,
      CourtSettings court,
      TransactionOperations transaction,
      JsonMapper json,
      Clock clock) {
    this.assignments = assignments;
    this.epochs = epochs;
    this.jobs = jobs;
    this.blobs = blobs;
    this.live = live;
    this.floor = floor;
    this.settings = settings;
    this.court = court;
    this.json = json;
    this.clock = clock;
    this.writing =
        new GroupCommit<>(
            "lease-jobs", settings.together(), settings.queued(), transaction, this::record);
  }

  /**
   * @return the leases; a proposal whose job has ended, or that somebody else was faster with, has
   *     none
   */
  List<LiveLease> lease(List<Proposal> proposals) {
    List<CompletableFuture<Optional<LiveLease>>> begun = new ArrayList<>();
    for (Proposal proposal : proposals) {
      begun.add(begin(proposal));
    }
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
        floor.open(proposal.open());
      }
    }
    CrashPoint.API_LEASE_AFTER_COMMIT.reached();
    Instant lapsesAt = clock.instant().plus(settings.silence());
    leases.forEach(lease -> live.add(lease, lapsesAt));
    return leases;
  }

  /** A queue that is full is one more way in which a lease is not written. */
  private CompletableFuture<Optional<LiveLease>> begin(Proposal proposal) {
    try {
      return writing.begin(proposal);
    } catch (Problem full) {
      return CompletableFuture.failedFuture(full);
    }
  }

  private List<Optional<LiveLease>> record(List<Proposal> group) {
    List<Job> stillOpen =
        jobs.withoutEnd(group.stream().map(proposal -> proposal.open().job().id()).toList());
    var openIds = stillOpen.stream().map(Job::id).collect(Collectors.toSet());
    Map<Digest, byte[]> inputs =
        blobs.findAll(
            group.stream()
                .map(proposal -> proposal.open().job().inputDigest())
                .collect(Collectors.toSet()));
    long epoch = epochs.hold();
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    List<LiveLease> leases =
        group.stream()
            .filter(proposal -> openIds.contains(proposal.open().job().id()))
            .filter(proposal -> inputs.containsKey(proposal.open().job().inputDigest()))
            .map(proposal -> {
              byte[] input = inputs.get(proposal.open().job().inputDigest());
              return lease(proposal, json.readValue(input, JobInput.class), epoch, now);
            })
            .toList();
    Set<Key> taken = leases.isEmpty() ? Set.of() : assignments.insert(leases);
    CrashPoint.API_LEASE_BEFORE_COMMIT.reached();
    Map<Proposal, LiveLease> byProposal =
        leases.stream()
            .filter(lease -> taken.contains(new Key(lease.job().id(), lease.attempt())))
            .collect(Collectors.toMap(LiveLease::proposal, lease -> lease));
    return group.stream().map(proposal -> Optional.ofNullable(byProposal.get(proposal))).toList();
  }

  private LiveLease lease(Proposal proposal, JobInput input, long epoch, Instant now) {
    Job job = proposal.open().job();
    Instant byTier = now.plus(job.tier().attempt());
    Instant deadline = byTier.isBefore(job.deadline()) ? byTier : job.deadline();
    var assignment =
        new Assignment(
            job.signedId(),
            proposal.open().attempt(),
            job.specDigest(),
            proposal.offer().worker(),
            job.method(),
            proposal.price(),
            proposal.price(),
            now.getEpochSecond(),
            deadline.getEpochSecond());
    return new LiveLease(
        proposal, assignment, assignment.digest(court.domain()), input, epoch, now);
  }

  /** Also used for leases that were given before this process started. */
  LiveLease resumed(Proposal proposal, JobInput input, Assignments.AssignmentRow row) {
    Job job = proposal.open().job();
    var assignment =
        new Assignment(
            job.signedId(),
            row.key().attempt(),
            job.specDigest(),
            row.worker(),
            job.method(),
            row.price(),
            row.price(),
            row.assignedAt().getEpochSecond(),
            row.deadline().getEpochSecond());
    return new LiveLease(proposal, assignment, row.digest(), input, row.epoch(), row.assignedAt());
  }

  @Override
  public void destroy() {
    writing.close();
  }
}
