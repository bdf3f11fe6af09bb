package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.dispatch.Assignments.AssignmentRow;
import dev.assay.marketplace.job.Blobs;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.JobOpened;
import dev.assay.marketplace.matching.Floor;
import dev.assay.marketplace.matching.OpenJob;
import dev.assay.marketplace.matching.Proposal;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.content.JobInput;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/**
 * Brings open jobs to the floor: each new one, and at the start all that an earlier process left.
 */
@Service
class ResumeJobs {
  private static final Logger LOG = LoggerFactory.getLogger(ResumeJobs.class);
  private static final int AT_ONCE = 1_000;

  private final FindJobs jobs;
  private final Blobs blobs;
  private final Assignments assignments;
  private final LeaseJobs leases;
  private final LiveLeases live;
  private final EndAttempts attempts;
  private final Floor floor;
  private final DispatchSettings settings;
  private final JsonMapper json;
  private final Clock clock;

  /** Both belong to the one thread that reconciles. */
  private Optional<JobId> cursor = Optional.empty();

  private Set<JobId> suspects = Set.of();

  ResumeJobs(
      FindJobs jobs,
      Blobs blobs,
      Assignments assignments,
      LeaseJobs leases,
      LiveLeases live,
      EndAttempts attempts,
      Floor floor,
      DispatchSettings settings,
      JsonMapper json,
      Clock clock) {
    this.jobs = jobs;
    this.blobs = blobs;
    this.assignments = assignments;
    this.leases = leases;
    this.live = live;
    this.attempts = attempts;
    this.floor = floor;
    this.settings = settings;
    this.json = json;
    this.clock = clock;
  }

  @EventListener
  void on(JobOpened opened) {
    if (live.ofJob(opened.job().id()).isEmpty()) {
      floor.open(new OpenJob(opened.job(), 1, Set.of()));
    }
  }

  @EventListener(ApplicationReadyEvent.class)
  void resume() {
    int resumed = 0;
    Optional<JobId> last = Optional.empty();
    List<Job> page;
    do {
      page = jobs.withoutEndAfter(last, AT_ONCE);
      resume(page);
      resumed += page.size();
      last = page.isEmpty() ? last : Optional.of(page.getLast().id());
    } while (page.size() == AT_ONCE);
    if (resumed > 0) {
      LOG.atInfo()
          .addKeyValue("jobs", resumed)
          .addKeyValue("executing", live.size())
          .log("Open jobs resumed");
    }
  }

  /**
   * Finds open jobs that are neither waiting nor in anybody's hand, because something failed at the
   * wrong moment. A page at a time; a job counts as lost when it is seen so twice.
   */
  @Scheduled(
      initialDelayString = "${marketplace.dispatch.reconcile-every:5s}",
      fixedDelayString = "${marketplace.dispatch.reconcile-every:5s}")
  void reconcile() {
    List<Job> page = jobs.withoutEndAfter(cursor, AT_ONCE);
    cursor = page.size() < AT_ONCE ? Optional.empty() : Optional.of(page.getLast().id());
    Set<JobId> unknown = new HashSet<>();
    List<Job> lost = new ArrayList<>();
    for (Job job : page) {
      if (!floor.knows(job.id()) && live.ofJob(job.id()).isEmpty()) {
        unknown.add(job.id());
        if (suspects.contains(job.id())) {
          lost.add(job);
        }
      }
    }
    suspects = unknown;
    if (!lost.isEmpty()) {
      LOG.atWarn()
          .addKeyValue("jobs", lost.size())
          .log("Open jobs that nobody had are offered again");
      attempts.goOn(lost);
    }
  }

  private void resume(List<Job> some) {
    Map<JobId, AssignmentRow> executing =
        assignments.of(some.stream().map(Job::id).toList()).stream()
            .filter(row -> row.end().isEmpty())
            .collect(
                Collectors.toMap(
                    row -> row.key().job(),
                    row -> row,
                    (a, b) -> a.key().attempt() > b.key().attempt() ? a : b));
    Map<Digest, byte[]> inputs =
        blobs.findAll(
            some.stream()
                .filter(job -> executing.containsKey(job.id()))
                .map(Job::inputDigest)
                .collect(Collectors.toSet()));
    // A worker that lived while we did not must have time to say so.
    Instant lapsesAt = clock.instant().plus(settings.silence());
    List<Job> idle = new ArrayList<>();
    for (Job job : some) {
      if (live.ofJob(job.id()).isPresent()) {
        continue; // it came while we were reading
      }
      AssignmentRow row = executing.get(job.id());
      byte[] input = inputs.get(job.inputDigest());
      if (row == null || input == null) {
        idle.add(job);
        continue;
      }
      var proposal =
          new Proposal(
              new OpenJob(job, row.key().attempt(), Set.of()),
              row.offer(job.modelDigest()),
              row.price());
      floor.resume(proposal);
      live.add(leases.resumed(proposal, json.readValue(input, JobInput.class), row), lapsesAt);
    }
    attempts.goOn(idle);
  }
}
