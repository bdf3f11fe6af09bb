package dev.assay.marketplace.job;

import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.model.Models;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.ReplicaId;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobOutput;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/** What a requester sees of its jobs; of others' nothing, not even that they exist. */
@Service
public class FindJobs {
  private final Jobs jobs;
  private final Blobs blobs;
  private final Models models;
  private final JobProgress progress;
  private final JsonMapper json;
  private final ReplicaId replica;

  FindJobs(
      Jobs jobs,
      Blobs blobs,
      Models models,
      JobProgress progress,
      JsonMapper json,
      ReplicaId replica) {
    this.replica = replica;
    this.jobs = jobs;
    this.blobs = blobs;
    this.models = models;
    this.progress = progress;
    this.json = json;
  }

  /**
   * @param id as it stands in a path; what is no id at all names no job, like any other
   * @throws Problem {@link ProblemType#NOT_FOUND} also for another's
   */
  public Job find(WalletAddress requester, String id) {
    return parsed(id)
        .flatMap(parsed -> jobs.find(requester, parsed))
        .orElseThrow(() -> new Problem(ProblemType.NOT_FOUND, "You have no job of this id."));
  }

  private static Optional<JobId> parsed(String id) {
    try {
      return Optional.of(JobId.parse(id));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * A page of those that have no end and that this replica sees to, oldest first.
   *
   * @param after the last of the page before; none for the first
   */
  public List<Job> withoutEndAfter(Optional<JobId> after, int limit) {
    return jobs.withoutEndAfter(replica.id(), after, limit);
  }

  /**
   * Takes over a page of jobs that no living replica sees to.
   *
   * @param alive the replicas that live
   */
  public List<Job> takeOverOrphans(Collection<UUID> alive, int limit) {
    return jobs.takeOverOrphans(alive, replica.id(), limit);
  }

  /** From now on this replica sees to it that they go on. */
  public void takeOver(Collection<JobId> ids) {
    jobs.takeOver(ids, replica.id());
  }

  /** Those of {@code ids} that have no end. */
  public List<Job> withoutEnd(Collection<JobId> ids) {
    return jobs.withoutEnd(ids);
  }

  /** Whoever posted them: for those who check results. */
  public Map<JobId, Job> all(Collection<JobId> ids) {
    return jobs.all(ids).stream().collect(Collectors.toMap(Job::id, Function.identity()));
  }

  /** How jobs ended, as far as they have. */
  public Map<JobId, JobEnd> ends(Collection<JobId> ids) {
    return jobs.ends(ids).stream().collect(Collectors.toMap(JobEnd::job, Function.identity()));
  }

  public Optional<JobEnd> endOf(Job job) {
    return jobs.ends(Set.of(job.id())).stream().findFirst();
  }

  /**
   * @param after the job after which to go on; nothing for the newest
   * @throws Problem {@link ProblemType#NOT_FOUND} if it is not the requester's
   */
  List<JobBody> list(WalletAddress requester, Optional<JobId> after, int limit) {
    JobId from = after.map(id -> find(requester, id.toString()).id()).orElse(null);
    return bodies(jobs.list(requester, from, limit));
  }

  /** Of a job that has just been posted: asks nothing of the database. */
  JobBody bodyOfNew(Job job) {
    boolean isExecuting = progress.executing(Set.of(job.id())).contains(job.id());
    return body(job, null, isExecuting, null);
  }

  JobBody body(Job job) {
    return bodies(List.of(job)).getFirst();
  }

  /** With its result, if there is one and it is still kept. */
  JobBody bodyWithResult(Job job, boolean isPacked) {
    Optional<JobEnd> end = endOf(job);
    ResultBody result =
        end.filter(JobEnd.Attested.class::isInstance)
            .map(JobEnd.Attested.class::cast)
            .flatMap(this::output)
            .map(output -> ResultBody.of(output, isPacked))
            .orElse(null);
    return body(job, end.orElse(null), false, result);
  }

  /**
   * @throws Problem while there is none, if there will be none, and when it is no longer kept
   */
  ResultBody result(Job job, boolean isPacked) {
    JobEnd end =
        endOf(job)
            .orElseThrow(() ->
                new Problem(
                    ProblemType.NO_RESULT_YET,
                    "It is not done. Ask again with 'Prefer: wait=30', or follow its events."));
    if (!(end instanceof JobEnd.Attested attested)) {
      throw new Problem(
          ProblemType.NO_RESULT,
          "It ended without a result (%s). %s".formatted(end.outcome(), end.because()));
    }
    return output(attested)
        .map(output -> ResultBody.of(output, isPacked))
        .orElseThrow(() -> new Problem(ProblemType.NO_RESULT, "Its result is no longer kept."));
  }

  /** As long as it is kept. */
  public Optional<JobOutput> output(JobEnd.Attested attested) {
    return blobs
        .find(attested.outputDigest())
        .map(content -> json.readValue(content, JobOutput.class));
  }

  private List<JobBody> bodies(List<Job> found) {
    List<JobId> ids = found.stream().map(Job::id).toList();
    Map<JobId, JobEnd> ends = ends(ids);
    Set<JobId> executing = progress.executing(ids);
    return found.stream()
        .map(job -> body(job, ends.get(job.id()), executing.contains(job.id()), null))
        .toList();
  }

  private JobBody body(
      Job job, @Nullable JobEnd end, boolean isExecuting, @Nullable ResultBody result) {
    String status = end != null ? end.outcome() : isExecuting ? "executing" : "open";
    var attested = end instanceof JobEnd.Attested it ? it : null;
    return new JobBody(
        job.id(),
        job.signedId(),
        status,
        models.of(job.modelDigest()).map(Model::name).orElseGet(() -> job.modelDigest().toString()),
        job.kind(),
        job.tier(),
        job.maxPrice(),
        attested == null ? null : attested.price(),
        attested == null ? null : attested.worker(),
        attested == null ? null : attested.attempt(),
        attested == null ? null : attested.usage().orElse(null),
        attested == null ? null : new JobBody.Assurance("best-effort"),
        end == null || end.because().isEmpty() ? null : end.because(),
        job.postedAt(),
        job.deadline(),
        end == null ? null : end.at(),
        result);
  }
}
