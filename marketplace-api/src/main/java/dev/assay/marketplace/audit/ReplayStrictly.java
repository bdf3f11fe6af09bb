package dev.assay.marketplace.audit;

import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.attestation.AttestedResults.Attested;
import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.audit.StrictReplays.Claim;
import dev.assay.marketplace.job.AskAnother;
import dev.assay.marketplace.job.Blobs;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.Quorums;
import dev.assay.marketplace.job.Quorums.Quorum;
import dev.assay.marketplace.job.Verification;
import dev.assay.marketplace.model.Models;
import dev.assay.marketplace.platform.Replicas;
import dev.assay.marketplace.platform.WhenChanged;
import dev.assay.protocol.JobId;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.replay.StrictReplay;
import dev.assay.protocol.verification.Assessment;
import dev.assay.protocol.verification.OutputComparison;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.support.TransactionOperations;
import tools.jackson.databind.json.JsonMapper;

/**
 * Holds the answers to strict jobs against the strict replay, one after the other, on a thread of
 * its own that leaves requests the processor. What is to be done stands in the database: a crash
 * costs a replay. An answer that is confirmed is the result. One that is not is audited whatever
 * its worker's record, and is not paid; another worker is asked.
 */
@Service
class ReplayStrictly implements SmartLifecycle {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayStrictly.class);
  private static final String CHORE = "ReplayStrictly.run";
  private static final Duration IDLE = Duration.ofMillis(200);

  /** Of those who come when one replica has more to do than it can. */
  private static final Duration IDLE_BEHIND_ANOTHER = Duration.ofSeconds(1);

  /** When nothing is to be decided, and nobody says that there is. */
  private static final Duration AT_REST = Duration.ofSeconds(10);

  private static final Duration RETRY = Duration.ofSeconds(10);

  private final StrictReplays replays;
  private final ReplayedModels replayed;
  private final Quorums quorums;
  private final FindJobs jobs;
  private final AskAnother asking;
  private final AttestedResults results;
  private final CompareOutputs comparing;
  private final Blobs blobs;
  private final Models models;
  private final StrictSettings settings;
  private final TransactionOperations transaction;
  private final Replicas replicas;
  private final JsonMapper json;
  private final Clock clock;
  private volatile @Nullable Thread thread;

  /** What it waits for may come while it looks, and waiting for a connection takes an unpark. */
  private volatile boolean isWoken;

  /** What is claimed here now. */
  private volatile @Nullable JobId claimed;

  ReplayStrictly(
      StrictReplays replays,
      ReplayedModels replayed,
      Quorums quorums,
      FindJobs jobs,
      AskAnother asking,
      AttestedResults results,
      CompareOutputs comparing,
      Blobs blobs,
      Models models,
      StrictSettings settings,
      TransactionOperations transaction,
      Replicas replicas,
      JsonMapper json,
      Clock clock) {
    this.replays = replays;
    this.replayed = replayed;
    this.quorums = quorums;
    this.jobs = jobs;
    this.asking = asking;
    this.results = results;
    this.comparing = comparing;
    this.blobs = blobs;
    this.models = models;
    this.settings = settings;
    this.transaction = transaction;
    this.replicas = replicas;
    this.json = json;
    this.clock = clock;
  }

  /** Else it looks when it would anyway, behind the one that does it first. */
  @WhenChanged
  @Scheduled(fixedDelay = 200)
  void wake() {
    if (replicas.isMine(CHORE)) {
      isWoken = true;
      LockSupport.unpark(thread);
    }
  }

  private void run() {
    while (isRunningHere()) {
      isWoken = false;
      Found found = look();
      if (found != Found.DECIDED && !isWoken) {
        LockSupport.parkNanos(pause(found).toNanos());
      }
    }
  }

  private Duration pause(Found found) {
    if (!replicas.isMine(CHORE)) {
      return IDLE_BEHIND_ANOTHER;
    }
    return found == Found.NOTHING ? AT_REST : IDLE;
  }

  /** What a look came to. */
  private enum Found {
    DECIDED,
    UNDECIDED,
    NOTHING
  }

  private boolean isRunningHere() {
    return thread == Thread.currentThread();
  }

  private Found look() {
    Found found = Found.NOTHING;
    try {
      for (JobId job : replays.turns(clock.instant())) {
        if (!isRunningHere()) {
          break;
        }
        if (goOn(job)) {
          found = Found.DECIDED;
        } else if (found == Found.NOTHING) {
          found = Found.UNDECIDED;
        }
      }
    } catch (CannotCreateTransactionException | DataAccessResourceFailureException away) {
      return Found.UNDECIDED; // the database is away; what was claimed is tried again
    } catch (RuntimeException e) {
      if (isRunningHere()) {
        LOG.atError().setCause(e).log("Strict jobs cannot go on; they are tried again");
      }
      return Found.UNDECIDED;
    }
    return found;
  }

  /**
   * @return whether something was done
   */
  private boolean goOn(JobId job) {
    Quorum quorum = quorums.of(Set.of(job)).get(job);
    if (quorum == null || quorum.decision().isPresent()) {
      return false;
    }
    JobId voice = quorum.voices().getLast();
    var now = clock.instant();
    Optional<Claim> claim = replays.claim(voice, now, now.plus(settings.patience()));
    if (claim.isEmpty()) {
      return false;
    }
    claimed = voice;
    try {
      conclude(quorum, voice, claim.get().found().orElseGet(() -> replay(voice)));
      return true;
    } catch (CannotCreateTransactionException | DataAccessResourceFailureException away) {
      throw away;
    } catch (RuntimeException | OutOfMemoryError e) { // the others must go on
      LOG.atError()
          .setCause(e)
          .addKeyValue("job", voice)
          .addKeyValue("tries", claim.get().tries())
          .log("An answer cannot be replayed; after some tries it is given up");
      if (claim.get().tries() < settings.tries()) {
        replays.release(voice, clock.instant().plus(RETRY));
        return false;
      }
      replays.record(voice, Outcome.INCONCLUSIVE, Optional.empty(), "It failed.", clock.instant());
      conclude(quorum, voice, Outcome.INCONCLUSIVE);
      return true;
    } finally {
      claimed = null;
    }
  }

  /** Writes down what is found, too: what follows from it may be done after a crash. */
  private Outcome replay(JobId voice) {
    Optional<Opened> answer = results.of(voice);
    if (answer.isEmpty()) {
      return Outcome.INCONCLUSIVE; // nobody answered: there is nothing to replay
    }
    Job job = job(voice);
    EmbeddingsOutput reference =
        input(job) instanceof EmbeddingsInput texts ? arbiter(job).embed(texts) : null;
    Assessment assessment =
        new OutputComparison(job.modelDigest(), answer.get().attested().profile())
            .assess(job.specDigest(), comparing.output(answer.get()), reference);
    replays.record(
        voice,
        assessment.outcome(),
        Optional.ofNullable(reference).map(EmbeddingsOutput::digest),
        assessment.toString(),
        clock.instant());
    LOG.atInfo()
        .addKeyValue("job", voice)
        .addKeyValue("worker", answer.get().attested().worker())
        .addKeyValue("outcome", assessment.outcome())
        .log("An answer is held against the strict replay");
    return assessment.outcome();
  }

  private StrictReplay arbiter(Job job) {
    return models
        .of(job.modelDigest())
        .flatMap(replayed::of)
        .orElseThrow(() ->
            new IllegalStateException(
                "%s was promised a strict replay, and this replica has not the files of its model"
                    .formatted(job.id())));
  }

  private Job job(JobId id) {
    Job job = jobs.all(Set.of(id)).get(id);
    if (job == null) {
      throw new IllegalStateException("%s is to be replayed and is not there".formatted(id));
    }
    return job;
  }

  /** Null when it is no longer kept. */
  private @Nullable JobInput input(Job job) {
    return blobs
        .find(job.inputDigest())
        .map(content -> json.readValue(content, JobInput.class))
        .orElse(null);
  }

  private void conclude(Quorum quorum, JobId voice, Outcome found) {
    Map<JobId, Attested> answers = results.inBrief(quorum.voices());
    if (found == Outcome.VALID) {
      quorums.decide(quorum.job(), Optional.of(voice), Set.of(voice), answers.keySet());
      return;
    }
    Optional<JobId> next =
        found == Outcome.INVALID && quorum.voices().size() < Verification.Strict.MOST
            ? another(quorum, voice, answers)
            : Optional.empty();
    if (next.isPresent()) {
      asking.tell(next.get());
    } else {
      quorums.decide(quorum.job(), Optional.empty(), Set.of(), answers.keySet());
    }
  }

  private Optional<JobId> another(Quorum quorum, JobId refuted, Map<JobId, Attested> answers) {
    Job first = job(quorum.job());
    JobInput input = input(first);
    Set<WalletAddress> asked =
        answers.values().stream().map(Attested::worker).collect(Collectors.toSet());
    Optional<JobId> next =
        transaction.execute(_ -> {
          quorums.refute(refuted);
          return input == null ? Optional.<JobId>empty() : asking.ask(first, input, asked);
        });
    return next == null ? Optional.empty() : next;
  }

  @Override
  public void start() {
    Thread fresh = Thread.ofPlatform().name("strict-replay").daemon().unstarted(this::run);
    fresh.setPriority(Thread.MIN_PRIORITY);
    thread = fresh;
    fresh.start();
  }

  /** A replay that is not finished is given up, so that another replica makes it at once. */
  @Override
  public void stop() {
    Thread running = thread;
    thread = null;
    LockSupport.unpark(running);
    JobId unfinished = claimed;
    if (unfinished != null) {
      replays.release(unfinished, clock.instant());
    }
  }

  @Override
  public boolean isRunning() {
    return thread != null;
  }
}
