package dev.assay.marketplace.openai;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.identity.KeyBudgets;
import dev.assay.marketplace.job.CancelJob;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.openai.Batch.Counts;
import dev.assay.marketplace.openai.BatchLine.Answered;
import dev.assay.marketplace.platform.ByClock;
import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.marketplace.platform.OpenAiError;
import dev.assay.marketplace.platform.OpenAiTerms;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.ReplicaId;
import dev.assay.marketplace.platform.UnreadableJson;
import dev.assay.marketplace.platform.WhenChanged;
import dev.assay.protocol.JobId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionOperations;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Brings batches to their end, a step at a time: whichever replica does the next step, and however
 * often it is begun, each line is one job and has one answer. A batch's jobs are posted some at a
 * time, so that it does not push others out of its requester's allowance.
 */
@Service
class WorkBatches implements ByClock, DisposableBean {
  private static final Logger LOG = LoggerFactory.getLogger(WorkBatches.class);

  /** At a time. */
  private static final int BATCHES = 16;

  /** Posted and unanswered, of each batch. */
  private static final int OPEN = 256;

  /** So many characters of answers are in memory before they are kept. */
  private static final long TOGETHER = 1 << 20;

  /** A replica that has died is taken over from after as long. */
  private static final Duration SEEN = Duration.ofSeconds(30);

  /** When none of those that were tried could be asked, it is gone on after as long. */
  private static final Duration PAUSE = Duration.ofSeconds(5);

  private static final Duration KEPT = Duration.ofDays(30);

  /** What a job holds beyond its price comes back when it ends. */
  private static final Set<ProblemType> OF_MONEY =
      Set.of(ProblemType.INSUFFICIENT_FUNDS, ProblemType.BUDGET_EXHAUSTED);

  private final Batches batches;
  private final StoredFiles files;
  private final ReadBatchFile reading;
  private final PlaceOrder placing;
  private final AwaitAnswer answers;
  private final FindJobs jobs;
  private final CancelJob cancelling;
  private final KeyBudgets keys;
  private final BatchAnswers written;
  private final TransactionOperations transaction;
  private final JsonMapper json;
  private final Clock clock;
  private final Ids ids;
  private final ReplicaId replica;
  private final Map<BatchId, Instant> pausing = new ConcurrentHashMap<>();
  private final AtomicBoolean isWorking = new AtomicBoolean();
  private volatile boolean isStopping;
  private volatile @Nullable Thread working;

  WorkBatches(
      Batches batches,
      StoredFiles files,
      ReadBatchFile reading,
      PlaceOrder placing,
      AwaitAnswer answers,
      FindJobs jobs,
      CancelJob cancelling,
      KeyBudgets keys,
      BatchAnswers written,
      TransactionOperations transaction,
      JsonMapper json,
      Clock clock,
      Ids ids,
      ReplicaId replica) {
    this.batches = batches;
    this.files = files;
    this.reading = reading;
    this.placing = placing;
    this.answers = answers;
    this.jobs = jobs;
    this.cancelling = cancelling;
    this.keys = keys;
    this.written = written;
    this.transaction = transaction;
    this.json = json;
    this.clock = clock;
    this.ids = ids;
    this.replica = replica;
  }

  /** The scheduler's thread is shared: what takes longer is done by another. */
  @WhenChanged
  @Scheduled(fixedDelayString = "${marketplace.openai.batches-every:500ms}")
  void look() {
    if (!isStopping && isWorking.compareAndSet(false, true)) {
      working = Thread.ofVirtual().name("batches").start(this::work);
    }
  }

  /** Its jobs may have ended, or its day; or who saw to it is no more. */
  @Override
  public Optional<Instant> due() {
    return batches.isAnyUnended() ? AGAIN : Optional.empty();
  }

  private void work() {
    try {
      guarded("batches", this::stepAll);
    } finally {
      isWorking.set(false);
    }
  }

  private void stepAll() {
    Instant now = clock.instant();
    pausing.values().removeIf(until -> !until.isAfter(now)); // its batch may be another's now
    for (Batch batch : batches.see(replica.id(), now, now.plus(SEEN), BATCHES)) {
      if (!isStopping) {
        guarded(batch.id().toString(), () -> step(batch)); // one that fails holds up no other
      }
    }
  }

  private void guarded(String what, Runnable step) {
    try {
      step.run();
    } catch (DataAccessResourceFailureException | TransactionException e) {
      LOG.atDebug()
          .setCause(e)
          .addKeyValue("what", what)
          .log("Batches cannot be seen to now; they are later");
    } catch (RuntimeException e) {
      if (!isStopping) {
        LOG.atWarn()
            .setCause(e)
            .addKeyValue("what", what)
            .log("A step of the batches failed; it is done again");
      }
    }
  }

  @ByOneReplica
  @Scheduled(fixedDelayString = "${marketplace.openai.sweep-every:10m}")
  void sweep() {
    batches.sweep(clock.instant().minus(KEPT));
  }

  private void step(Batch batch) {
    switch (batch.status()) {
      case VALIDATING -> read(batch);
      case IN_PROGRESS -> {
        collect(batch);
        if (!batch.expiresAt().isAfter(clock.instant())) {
          refuseUnposted(batch, ProblemType.DEADLINE_EXCEEDED, "The batch's day is over.");
        } else if (!batch.apiKey().map(keys::isGood).orElse(true)) {
          refuseUnposted(
              batch, ProblemType.FORBIDDEN, "The key that made the batch was revoked, or lapsed.");
        } else {
          post(batch);
        }
        endIfAnswered(batch);
      }
      case CANCELLING -> {
        refuseUnposted(
            batch, ProblemType.NO_RESULT, "The batch was cancelled before this was asked.");
        cancelPosted(batch);
        collect(batch);
        endIfAnswered(batch);
      }
      case COMPLETED, EXPIRED, CANCELLED, FAILED -> {
        // For good.
      }
    }
  }

  private void read(Batch batch) {
    var file = files.find(batch.requester(), batch.inputFile());
    if (file.isEmpty()) {
      batches.fail(
          batch.id(),
          List.of(
              new Batch.BatchError(
                  "file_not_found", "The file was deleted before it was read.", null, null)),
          clock.instant());
      return;
    }
    var contents = reading.read(files.content(batch.inputFile()), batch.endpoint());
    if (contents.errors().isEmpty()) {
      transaction.executeWithoutResult(
          _ -> batches.begin(batch.id(), contents.lines(), clock.instant()));
    } else {
      batches.fail(batch.id(), contents.errors(), clock.instant());
    }
  }

  // --- Posting
  // --------------------------------------------------------------------------------------

  /** What became of the post of a line. */
  private sealed interface Posting {
    record Posted(BatchLine line) implements Posting {}

    record Refused(Answered answered) implements Posting {}

    /** There is too little money for it, of which what is asked now holds some. */
    record Unpaid(Answered refusal) implements Posting {}

    /** Nobody could be asked now. */
    record Later() implements Posting {}
  }

  private void post(Batch batch) {
    Instant now = clock.instant();
    if (pausing.containsKey(batch.id())) {
      return;
    }
    int room = OPEN - batches.unanswered(batch.id(), true, OPEN).size();
    List<BatchLine> lines = room == 0 ? List.of() : batches.next(batch.id(), room);
    if (lines.isEmpty()) {
      return;
    }
    boolean isMoneyHeld = batches.isAnyAsked(batch.requester());
    List<BatchLine> posted = new ArrayList<>();
    List<Answered> refused = new ArrayList<>();
    List<Answered> unpaid = new ArrayList<>();
    for (Posting posting : posted(batch, lines)) {
      switch (posting) {
        case Posting.Posted(var line) -> posted.add(line);
        case Posting.Refused(var answered) -> refused.add(answered);
        case Posting.Unpaid(var refusal) -> unpaid.add(refusal);
        case Posting.Later() -> {
          // It has its turn again after the others.
        }
      }
    }
    batches.posted(batch.id(), posted);
    if (!isMoneyHeld && posted.isEmpty()) {
      refused.addAll(unpaid);
    }
    batches.answer(batch.id(), refused);
    batches.tried(batch.id(), lines.getLast());
    if (posted.isEmpty() && refused.isEmpty()) {
      pausing.put(batch.id(), now.plus(PAUSE));
    }
  }

  /** Together: what is written for them is written in few transactions. */
  private List<Posting> posted(Batch batch, List<BatchLine> lines) {
    var caller =
        new Caller(
            batch.requester(),
            Caller.Audience.REQUESTER,
            Optional.empty(),
            batch.apiKey(),
            Set.of());
    List<Posting> done = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Posting>> running =
          lines.stream().map(line -> threads.submit(() -> post(batch, caller, line))).toList();
      for (Future<Posting> one : running) {
        done.add(one.get());
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("A line of %s was not posted".formatted(batch.id()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return done;
  }

  private Posting post(Batch batch, Caller caller, BatchLine line) {
    try {
      PlaceOrder.Order order =
          switch (batch.endpoint()) {
            case CHAT_COMPLETIONS -> CompleteChat.order(chat(line));
            case EMBEDDINGS -> EmbedTexts.order(embeddings(line));
          };
      Duration left = Duration.between(clock.instant(), batch.expiresAt());
      placing.placeAs(caller, order, line.job(), Math.toIntExact(Math.max(1, left.toSeconds())));
      return new Posting.Posted(line);
    } catch (JacksonException e) {
      return new Posting.Refused(refused(line, UnreadableJson.problem(e)));
    } catch (Problem problem) {
      if (problem.type().retryable()) {
        return new Posting.Later();
      }
      Answered refusal = refused(line, problem);
      return OF_MONEY.contains(problem.type())
          ? new Posting.Unpaid(refusal)
          : new Posting.Refused(refusal);
    }
  }

  private ChatRequest chat(BatchLine line) {
    var request = json.readValue(line.body(), ChatRequest.class);
    if (Boolean.TRUE.equals(request.stream())) {
      throw new Problem(
          ProblemType.UNSUPPORTED_PARAMETER, "stream", "The answers of a batch are in a file.");
    }
    return request;
  }

  private EmbeddingsRequest embeddings(BatchLine line) {
    return json.readValue(line.body(), EmbeddingsRequest.class);
  }

  private Answered refused(BatchLine line, Problem problem) {
    return new Answered(
        line.line(),
        OpenAiTerms.of(problem.type()).status().value(),
        json.writeValueAsString(Map.of("error", OpenAiError.of(problem))));
  }

  private void refuseUnposted(Batch batch, ProblemType type, String words) {
    List<BatchLine> lines = batches.unanswered(batch.id(), false, ReadBatchFile.MOST_LINES);
    // One may have been posted by a replica that died before it said so: then it has a job.
    Set<JobId> known = jobs.all(lines.stream().map(BatchLine::job).toList()).keySet();
    batches.posted(batch.id(), lines.stream().filter(line -> known.contains(line.job())).toList());
    batches.answer(
        batch.id(),
        lines.stream()
            .filter(line -> !known.contains(line.job()))
            .map(line -> refused(line, new Problem(type, words)))
            .toList());
  }

  private void cancelPosted(Batch batch) {
    List<JobId> open = jobIds(batches.unanswered(batch.id(), true, ReadBatchFile.MOST_LINES));
    for (Job job : jobs.withoutEnd(open)) {
      try {
        cancelling.cancel(job);
      } catch (Problem executing) {
        // It is whole or nothing, and ends by itself.
      }
    }
  }

  // --- Answers
  // --------------------------------------------------------------------------------------

  private void collect(Batch batch) {
    List<BatchLine> open = batches.unanswered(batch.id(), true, ReadBatchFile.MOST_LINES);
    Set<JobId> ended = jobs.ends(jobIds(open)).keySet();
    if (ended.isEmpty()) {
      return;
    }
    Map<JobId, Job> known = jobs.all(ended);
    List<Answered> answered = new ArrayList<>();
    long size = 0;
    for (BatchLine line : open) {
      Job job = known.get(line.job());
      if (job != null && jobs.shownEndOf(job).isPresent()) {
        Answered one = answered(batch, line, job);
        answered.add(one);
        size += one.answer().length();
        pausing.remove(batch.id()); // what it held can pay for another
      }
      if (size > TOGETHER) { // an answer may be as large as all the others
        batches.answer(batch.id(), answered);
        answered.clear();
        size = 0;
      }
    }
    batches.answer(batch.id(), answered);
  }

  private Answered answered(Batch batch, BatchLine line, Job job) {
    try {
      AwaitAnswer.Answer answer = answers.of(job, Optional.empty());
      Object body =
          switch (batch.endpoint()) {
            case CHAT_COMPLETIONS -> CompleteChat.completion(job, answer, chat(line));
            case EMBEDDINGS -> EmbedTexts.list(answer, embeddings(line).encodingFormat());
          };
      return new Answered(line.line(), 200, json.writeValueAsString(body));
    } catch (Problem problem) {
      return refused(line, problem);
    }
  }

  private void endIfAnswered(Batch batch) {
    if (!batches.unanswered(batch.id(), true, 1).isEmpty()
        || !batches.unanswered(batch.id(), false, 1).isEmpty()) {
      return;
    }
    Counts counts = batches.counts(List.of(batch)).getOrDefault(batch.id(), new Counts(0, 0, 0));
    Instant now = clock.instant();
    Batch.Status status = Batch.Status.COMPLETED;
    if (batch.status() == Batch.Status.CANCELLING) {
      status = Batch.Status.CANCELLED;
    } else if (counts.failed() > 0 && !batch.expiresAt().isAfter(now)) {
      status = Batch.Status.EXPIRED;
    }
    Batch.Status end = status;
    StoredFile output = counts.completed() == 0 ? null : file(batch, false, now);
    StoredFile errors = counts.failed() == 0 ? null : file(batch, true, now);
    transaction.executeWithoutResult(_ -> {
      FileId outputId = output == null ? null : output.id();
      FileId errorsId = errors == null ? null : errors.id();
      if (batches.end(batch.id(), end, now, outputId, errorsId)) {
        for (StoredFile file : new @Nullable StoredFile[] {output, errors}) {
          if (file != null) {
            files.insert(file, null);
          }
        }
      }
    });
    LOG.atInfo()
        .addKeyValue("batch", batch.id())
        .addKeyValue("status", end.label())
        .addKeyValue("counts", counts)
        .log("A batch has ended");
  }

  private StoredFile file(Batch batch, boolean areErrors, Instant now) {
    return new StoredFile(
        new FileId(ids.next()),
        batch.requester(),
        "%s_%s.jsonl".formatted(batch.id(), areErrors ? "errors" : "output"),
        written.bytes(batch.id(), areErrors),
        now,
        now.plus(KEPT),
        new StoredFile.Answers(batch.id(), areErrors));
  }

  private static List<JobId> jobIds(List<BatchLine> lines) {
    return lines.stream().map(BatchLine::job).collect(Collectors.toList());
  }

  /** After the web server; what was begun is begun again by whoever comes next. */
  @Override
  public void destroy() throws InterruptedException {
    isStopping = true;
    Thread last = working;
    if (last != null) {
      last.join(Duration.ofSeconds(5));
    }
  }
}
