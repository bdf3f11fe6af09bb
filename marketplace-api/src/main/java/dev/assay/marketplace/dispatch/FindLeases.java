package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.dispatch.Assignments.AssignmentRow;
import dev.assay.marketplace.job.Blobs;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.protocol.Assignment;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.wire.AttemptRef;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/**
 * Live leases, whichever replica gave them: a worker may speak to any of them. What this one gave
 * is in memory; the others' are in the database.
 */
@Service
public class FindLeases {
  private final LiveLeases live;
  private final Assignments assignments;
  private final FindJobs jobs;
  private final Blobs blobs;
  private final LeaseJobs leases;
  private final JsonMapper json;

  FindLeases(
      LiveLeases live,
      Assignments assignments,
      FindJobs jobs,
      Blobs blobs,
      LeaseJobs leases,
      JsonMapper json) {
    this.live = live;
    this.assignments = assignments;
    this.jobs = jobs;
    this.blobs = blobs;
    this.leases = leases;
    this.json = json;
  }

  /**
   * What the worker of an attempt was asked for, as it was signed.
   *
   * @throws IllegalStateException if there was no such attempt
   */
  public Assignment assignment(Job job, int attempt) {
    return assignments.of(List.of(job.id())).stream()
        .filter(row -> row.key().attempt() == attempt)
        .findFirst()
        .map(row -> LeaseJobs.assignment(job, row))
        .orElseThrow(
            () -> new IllegalStateException("%s has no attempt %d".formatted(job.id(), attempt)));
  }

  /** Another's is as if it were not there. */
  public Optional<LiveLease> find(AttemptRef ref, WalletAddress worker) {
    return find(Set.of(ref), worker).stream().findFirst();
  }

  List<LiveLease> find(Collection<AttemptRef> refs, WalletAddress worker) {
    List<LiveLease> found = new ArrayList<>();
    List<AttemptRef> unknown = new ArrayList<>();
    for (AttemptRef ref : refs) {
      live.find(ref).ifPresentOrElse(found::add, () -> unknown.add(ref));
    }
    if (!unknown.isEmpty()) {
      found.addAll(known(assignments.live(unknown)));
    }
    return found.stream().filter(lease -> lease.worker().equals(worker)).toList();
  }

  /** As far as their jobs have no end and their inputs are kept. */
  List<LiveLease> known(List<AssignmentRow> rows) {
    if (rows.isEmpty()) {
      return List.of();
    }
    Map<JobId, Job> open =
        jobs.withoutEnd(rows.stream().map(row -> row.key().job()).distinct().toList()).stream()
            .collect(Collectors.toMap(Job::id, Function.identity()));
    Map<Digest, byte[]> inputs =
        blobs.findAll(open.values().stream().map(Job::inputDigest).collect(Collectors.toSet()));
    List<LiveLease> known = new ArrayList<>();
    for (AssignmentRow row : rows) {
      Job job = open.get(row.key().job());
      byte[] input = job == null ? null : inputs.get(job.inputDigest());
      if (job != null && input != null) {
        known.add(leases.known(job, json.readValue(input, JobInput.class), row));
      }
    }
    return known;
  }
}
