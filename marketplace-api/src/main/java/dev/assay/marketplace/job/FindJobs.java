package dev.assay.marketplace.job;

import dev.assay.marketplace.job.Quorums.Quorum;
import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.model.Models;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.ReplicaId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.assurance.Assurance;
import dev.assay.protocol.content.JobOutput;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
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
  private final Quorums quorums;
  private final Assurances assurances;

  FindJobs(
      Jobs jobs,
      Blobs blobs,
      Models models,
      JobProgress progress,
      JsonMapper json,
      ReplicaId replica,
      Quorums quorums,
      Assurances assurances) {
    this.replica = replica;
    this.quorums = quorums;
    this.assurances = assurances;
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
   * Takes over a page of jobs that no living replica sees to, oldest first.
   *
   * @param alive the replicas that live
   * @param after the last of the page before; none for the first
   */
  public List<Job> takeOverOrphans(Collection<UUID> alive, Optional<JobId> after, int limit) {
    return jobs.takeOverOrphans(alive, replica.id(), after, limit);
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

  /** In which traces they were posted; of those alone that were posted in one. */
  public Map<JobId, String> traceparents(Collection<JobId> ids) {
    return jobs.traceparents(ids);
  }

  /** How jobs ended, as far as they have. */
  public Map<JobId, JobEnd> ends(Collection<JobId> ids) {
    return jobs.ends(ids).stream().collect(Collectors.toMap(JobEnd::job, Function.identity()));
  }

  private Optional<JobEnd> endOf(Job job) {
    return jobs.ends(Set.of(job.id())).stream().findFirst();
  }

  /** How it ended, as far as it may be seen: of a quorum's voice not before all have answered. */
  public Optional<JobEnd> visibleEndOf(Job job) {
    return quorums.hidden(Set.of(job.id())).isEmpty() ? endOf(job) : Optional.empty();
  }

  /** How it ended for its requester; none while it has not, or is not decided. */
  public Optional<ShownEnd> shownEndOf(Job job) {
    Shown shown = shown(List.of(job)).getFirst();
    return shown
        .endedAt()
        .map(_ -> new ShownEnd(job.id(), shown.status(), shown.result(), shown.because()));
  }

  /**
   * By which the answer came that counts: the job itself, but of several voices the one that was
   * chosen, once they are decided.
   */
  public Job answered(Job job) {
    if (!job.checking().verification().isHeldBack()) {
      return job;
    }
    return Optional.ofNullable(quorums.of(Set.of(job.id())).get(job.id()))
        .flatMap(Quorum::decision)
        .flatMap(Quorums.Decision::chosen)
        .flatMap(chosen -> jobs.all(Set.of(chosen)).stream().findFirst())
        .orElse(job);
  }

  /** The newest job, posted since {@code since}, of the request whose digest is {@code asked}. */
  public Optional<Job> lastOf(WalletAddress requester, Digest asked, Instant since) {
    return jobs.lastOf(requester, asked, since);
  }

  /**
   * A job and its output.
   *
   * @param output only of one with a result, as long as it is kept
   */
  public record Answered(JobBody body, Optional<JobOutput> output) {}

  /** As its requester sees it, with its output; none while it has not ended. */
  public Optional<Answered> answer(Job job) {
    Shown shown = shown(List.of(job)).getFirst();
    return shown.endedAt().isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Answered(
                body(job, shown, assurance(job, shown), null),
                shown.result().flatMap(this::output)));
  }

  /**
   * As {@link #answer(Job)}, of one of which perhaps was told that it has ended: what was told is
   * not read again.
   */
  public Optional<Answered> answer(Job job, Optional<JobEnded> told) {
    return told.flatMap(JobEnded::result)
        .map(result ->
            new Answered(
                bodyOfTold(job, told.orElseThrow().end(), result, null),
                Optional.of(result.output())))
        .or(() -> answer(job));
  }

  private JobBody bodyOfTold(
      Job job, JobEnd end, JobEnded.Result told, @Nullable ResultBody result) {
    Shown shown = Shown.ended(end);
    Assurance assurance =
        shown
            .result()
            .map(attested -> assurances.ofNew(job.modelDigest(), attested, told.profile()))
            .orElse(null);
    return body(job, shown, assurance, result);
  }

  /**
   * One of those by which a job is computed: if several workers do, each has a job of its own.
   *
   * @param number from 1, in the order in which they were posted
   * @throws Problem {@link ProblemType#NOT_FOUND} if there are not so many
   */
  public Job voice(Job job, int number) {
    List<JobId> voices =
        Optional.ofNullable(quorums.of(Set.of(job.id())).get(job.id()))
            .map(Quorum::voices)
            .orElse(List.of(job.id()));
    if (number > voices.size()) {
      throw new Problem(
          ProblemType.NOT_FOUND,
          "There is no voice %d: this job has %d.".formatted(number, voices.size()));
    }
    return jobs.all(Set.of(voices.get(number - 1))).getFirst();
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
    return body(job, isExecuting ? Shown.EXECUTING : Shown.OPEN, null, null);
  }

  JobBody body(Job job) {
    return bodies(List.of(job)).getFirst();
  }

  /**
   * With its result, if there is one and it is still kept.
   *
   * @param told that it has ended, if it was told; what was told is not read again
   */
  JobBody bodyWithResult(Job job, Optional<JobEnded> told) {
    return told.flatMap(JobEnded::result)
        .map(result ->
            bodyOfTold(
                job, told.orElseThrow().end(), result, ResultBody.of(result.output(), false)))
        .orElseGet(() -> bodyWithResult(job));
  }

  private JobBody bodyWithResult(Job job) {
    Shown shown = shown(List.of(job)).getFirst();
    ResultBody result =
        shown
            .result()
            .flatMap(this::output)
            .map(output -> ResultBody.of(output, false))
            .orElse(null);
    return body(job, shown, assurance(job, shown), result);
  }

  /**
   * @throws Problem while there is none, if there will be none, and when it is no longer kept
   */
  ResultBody result(Job job, boolean isPacked) {
    Shown shown = shown(List.of(job)).getFirst();
    if (shown.endedAt().isEmpty()) {
      throw new Problem(
          ProblemType.NO_RESULT_YET,
          "It is not done. Ask again with 'Prefer: wait=30', or follow its events.");
    }
    if (shown.result().isEmpty()) {
      throw new Problem(
          ProblemType.NO_RESULT,
          "It ended without a result (%s). %s".formatted(shown.status(), shown.because()));
    }
    return output(shown.result().get())
        .map(output -> ResultBody.of(output, isPacked))
        .orElseThrow(() -> new Problem(ProblemType.NO_RESULT, "Its result is no longer kept."));
  }

  /** As long as it is kept. */
  public Optional<JobOutput> output(JobEnd.Attested attested) {
    return blobs
        .find(attested.outputDigest())
        .map(content -> json.readValue(content, JobOutput.class));
  }

  /**
   * How a job stands to its requester.
   *
   * @param result of the worker, or of the one of several, whose answer counts
   * @param price of all who have computed it; zero without a result
   */
  private record Shown(
      String status,
      String because,
      Optional<Instant> endedAt,
      Optional<JobEnd.Attested> result,
      TokenAmount price) {
    static final Shown OPEN = pending("open");
    static final Shown EXECUTING = pending("executing");

    private static Shown pending(String status) {
      return new Shown(status, "", Optional.empty(), Optional.empty(), TokenAmount.ZERO);
    }

    static Shown ended(JobEnd end) {
      return end instanceof JobEnd.Attested attested
          ? of(end, Optional.of(attested), attested.price())
          : of(end, Optional.empty(), TokenAmount.ZERO);
    }

    private static Shown of(JobEnd end, Optional<JobEnd.Attested> result, TokenAmount price) {
      return new Shown(end.outcome(), end.because(), Optional.of(end.at()), result, price);
    }
  }

  /** In the order of {@code found}. */
  private List<Shown> shown(List<Job> found) {
    Set<JobId> several =
        found.stream()
            .filter(job -> job.checking().verification().isHeldBack())
            .map(Job::id)
            .collect(Collectors.toSet());
    Map<JobId, Quorum> of = several.isEmpty() ? Map.of() : quorums.of(several);
    Set<JobId> ids = new HashSet<>();
    found.forEach(job -> ids.add(job.id()));
    of.values().forEach(quorum -> ids.addAll(quorum.voices()));
    Map<JobId, JobEnd> ends = ends(ids);
    Set<JobId> executing = progress.executing(ids);
    return found.stream()
        .map(job -> {
          Quorum quorum = of.get(job.id());
          return quorum == null
              ? shown(ends.get(job.id()), executing.contains(job.id()))
              : shown(quorum, ends, executing);
        })
        .toList();
  }

  private static Shown shown(@Nullable JobEnd end, boolean isExecuting) {
    if (end != null) {
      return Shown.ended(end);
    }
    return isExecuting ? Shown.EXECUTING : Shown.OPEN;
  }

  /** Nobody's answer shows before all are there: who has not answered could copy it. */
  private static Shown shown(Quorum quorum, Map<JobId, JobEnd> ends, Set<JobId> executing) {
    if (quorum.decision().isEmpty()) {
      boolean isBegun =
          quorum.voices().stream()
              .anyMatch(voice -> executing.contains(voice) || ends.containsKey(voice));
      return isBegun ? Shown.EXECUTING : Shown.OPEN;
    }
    List<JobEnd.Attested> answers =
        quorum.voices().stream()
            .map(ends::get)
            .filter(JobEnd.Attested.class::isInstance)
            .map(JobEnd.Attested.class::cast)
            .toList();
    if (answers.isEmpty()) {
      return shown(ends.get(quorum.job()), false);
    }
    Quorums.Decision decision = quorum.decision().get();
    Optional<JobEnd.Attested> result =
        decision.chosen().map(ends::get).map(JobEnd.Attested.class::cast);
    return quorum.isStrict()
        ? new Shown(
            result.isPresent() ? "attested" : "disagreed",
            result.isPresent() ? "" : unconfirmed(answers.size()),
            Optional.of(decision.at()),
            result,
            result.map(JobEnd.Attested::price).orElse(TokenAmount.ZERO))
        : new Shown(
            result.isPresent() ? "attested" : "disagreed",
            result.isPresent()
                ? ""
                : "Of %d answers no %d agree; each of them is audited, and what is found invalid is not charged."
                    .formatted(answers.size(), quorum.needed()),
            Optional.of(decision.at()),
            result,
            answers.stream()
                .map(JobEnd.Attested::price)
                .reduce(TokenAmount.ZERO, TokenAmount::plus));
  }

  private static String unconfirmed(int answers) {
    return ("The strict replay confirms none of %d answers, and nobody else could be asked in time."
            + " Nothing is charged; each answer is audited.")
        .formatted(answers);
  }

  private List<JobBody> bodies(List<Job> found) {
    List<Shown> shown = shown(found);
    List<JobId> attested = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      if (shown.get(i).result().isPresent()) {
        attested.add(found.get(i).id());
      }
    }
    Map<JobId, Assurance> sure = attested.isEmpty() ? Map.of() : assurances.of(attested);
    List<JobBody> bodies = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      Job job = found.get(i);
      bodies.add(body(job, shown.get(i), sure.get(job.id()), null));
    }
    return bodies;
  }

  private @Nullable Assurance assurance(Job job, Shown shown) {
    return shown.result().isEmpty() ? null : assurances.of(Set.of(job.id())).get(job.id());
  }

  private JobBody body(
      Job job, Shown shown, @Nullable Assurance assurance, @Nullable ResultBody result) {
    JobEnd.Attested attested = shown.result().orElse(null);
    boolean isCharged = attested != null || !shown.price().isZero();
    return new JobBody(
        job.id(),
        job.signedId(),
        shown.status(),
        models.of(job.modelDigest()).map(Model::name).orElseGet(() -> job.modelDigest().toString()),
        job.kind(),
        job.tier(),
        job.checking().verification(),
        job.maxPrice().times(job.checking().verification().workers()),
        isCharged ? shown.price() : null,
        attested == null ? null : attested.worker(),
        attested == null ? null : attested.attempt(),
        attested == null ? null : attested.usage().orElse(null),
        assurance,
        shown.because().isEmpty() ? null : shown.because(),
        job.postedAt(),
        job.deadline(),
        shown.endedAt().orElse(null),
        result);
  }
}
