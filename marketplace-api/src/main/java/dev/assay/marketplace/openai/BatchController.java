package dev.assay.marketplace.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.openai.Batch.BatchBody;
import dev.assay.marketplace.openai.Batch.BatchPage;
import dev.assay.marketplace.openai.Batch.Counts;
import dev.assay.marketplace.openai.Batches.RequestKey;
import dev.assay.marketplace.platform.IdempotencyKey;
import dev.assay.marketplace.platform.Page;
import dev.assay.marketplace.platform.PageSize;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;
import tools.jackson.databind.json.JsonMapper;

/** {@code /v1/batches}: many requests in a file, answered within a day. */
@RestController
class BatchController {
  private static final Duration WINDOW = Duration.ofHours(24);

  /** Of each requester. */
  private static final int MOST_UNENDED = 16;

  private static final int MOST_NOTES = 16;
  private static final int LONGEST_NAME = 64;
  private static final int LONGEST_NOTE = 512;

  private final Batches batches;
  private final StoredFiles files;
  private final RequestNames names;
  private final JsonMapper json;
  private final Clock clock;
  private final Ids ids;

  BatchController(
      Batches batches,
      StoredFiles files,
      RequestNames names,
      JsonMapper json,
      Clock clock,
      Ids ids) {
    this.names = names;
    this.batches = batches;
    this.files = files;
    this.json = json;
    this.clock = clock;
    this.ids = ids;
  }

  /**
   * The body of {@code POST /v1/batches}.
   *
   * @param inputFileId of a file that was handed in, with a request on each line
   * @param completionWindow only {@code 24h}
   * @param metadata a client's own notes, told again with the batch: at most 16, with names of at
   *     most 64 characters
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record BatchRequest(
      FileId inputFileId,
      BatchEndpoint endpoint,
      String completionWindow,
      @Nullable Map<String, String> metadata,
      @Nullable Unsupported outputExpiresAfter) {}

  /**
   * Has all lines of a file answered within a day, at the tier {@code batch}: when nobody else
   * wants to be served. Each is a job of its own, and is paid only if it was answered. The same
   * sent again is the same batch, if it has the same {@code Idempotency-Key} or says that it is
   * sent again.
   *
   * @param requestKey names the request; keep it before sending
   * @param retries how often the client has sent it before
   */
  @Refuses({
    ProblemType.UNSUPPORTED_PARAMETER,
    ProblemType.NOT_FOUND,
    ProblemType.IDEMPOTENCY_CONFLICT,
    ProblemType.TOO_MANY_OPEN_JOBS
  })
  @PostMapping(path = "/v1/batches", consumes = MediaType.APPLICATION_JSON_VALUE)
  BatchBody create(
      Caller caller,
      @RequestHeader(name = IdempotencyKey.HEADER, required = false) @Nullable String requestKey,
      @RequestHeader(name = OpenAiController.RETRIES, required = false) @Nullable String retries,
      @RequestBody BatchRequest request) {
    if (!request.completionWindow().equals("24h")) {
      throw new Problem(
          ProblemType.UNSUPPORTED_PARAMETER, "completion_window", "completion_window is '24h'.");
    }
    Map<String, String> metadata = Objects.requireNonNullElse(request.metadata(), Map.of());
    check(metadata);
    RequestKey key = key(IdempotencyKey.checked(requestKey), request, metadata);
    if (key != null) {
      Optional<Batch> known = batches.find(caller.wallet(), key);
      if (known.isPresent()) {
        return body(known.get());
      }
    }
    StoredFile file =
        files
            .find(caller.wallet(), request.inputFileId())
            .filter(found -> found.answersOf() == null)
            .orElseThrow(() ->
                new Problem(
                    ProblemType.NOT_FOUND,
                    "input_file_id",
                    "You have handed in no file of this id."));
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    String count = key == null ? retries : null;
    var id = new BatchId(count == null ? ids.next() : standsFor(caller, file, request, count));
    Optional<Batch> before =
        OpenAiController.isRetry(count) ? batches.find(caller.wallet(), id) : Optional.empty();
    if (before.isPresent()) {
      return body(before.get());
    }
    if (batches.unendedOf(caller.wallet()) >= MOST_UNENDED) {
      throw new Problem(
          ProblemType.TOO_MANY_OPEN_JOBS,
          "A requester has at most %d batches that have not ended.".formatted(MOST_UNENDED));
    }
    var batch =
        new Batch(
            id,
            caller.wallet(),
            caller.apiKey(),
            request.endpoint(),
            file.id(),
            metadata,
            Batch.Status.VALIDATING,
            List.of(),
            now,
            now.plus(WINDOW),
            null,
            null,
            null,
            null,
            null);
    if (batches.insert(batch, key)) {
      return batch.body(new Counts(0, 0, 0));
    }
    return key == null
        ? get(caller, id.toString())
        : body(batches.find(caller.wallet(), key).orElseThrow());
  }

  private static void check(Map<String, String> metadata) {
    boolean isTaken =
        metadata.size() <= MOST_NOTES
            && metadata.entrySet().stream()
                .allMatch(note ->
                    note.getKey().length() <= LONGEST_NAME
                        && UTF_8.newEncoder().canEncode(note.getKey()) // no half of a character
                        && note.getValue() != null
                        && note.getValue().length() <= LONGEST_NOTE);
    if (!isTaken) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "metadata",
          "metadata has at most %d members: texts of at most %d characters, with names of at most %d."
              .formatted(MOST_NOTES, LONGEST_NOTE, LONGEST_NAME));
    }
  }

  private @Nullable RequestKey key(
      @Nullable String requestKey, BatchRequest request, Map<String, String> metadata) {
    if (requestKey == null) {
      return null;
    }
    var asked = List.of(request.inputFileId(), request.endpoint(), new TreeMap<>(metadata));
    return new RequestKey(
        requestKey, Digest.keccak256(json.writeValueAsString(asked).getBytes(UTF_8)));
  }

  /** The same, if the request is sent again. */
  private UUID standsFor(Caller caller, StoredFile file, BatchRequest request, String retries) {
    Digest asked = Digest.keccak256((file.id() + request.endpoint().path()).getBytes(UTF_8));
    if (!OpenAiController.isRetry(retries)) {
      return names.first(caller, asked, ids.next()).standsFor();
    }
    Instant since = clock.instant().minus(RequestNames.SENT_AGAIN_WITHIN);
    Optional<UUID> before =
        batches
            .lastOf(caller.wallet(), file.id(), request.endpoint(), since)
            .map(batch -> batch.id().uuid());
    return names.again(caller, asked, before, ids.next()).standsFor();
  }

  /**
   * The requester's batches, the newest first.
   *
   * @param after the id of the last batch of the page before
   */
  @GetMapping("/v1/batches")
  BatchPage list(
      Caller caller,
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(defaultValue = PageSize.DEFAULT) PageSize limit) {
    Optional<BatchId> from = Page.after(after, BatchId::parse);
    List<Batch> found = batches.list(caller.wallet(), from, limit.andOneMore());
    return BatchPage.of(
        bodies(found.stream().limit(limit.value()).toList()), found.size() > limit.value());
  }

  /** A batch as it is now. */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/v1/batches/{id}")
  BatchBody get(Caller caller, @PathVariable String id) {
    return body(found(caller.wallet(), id));
  }

  /**
   * Asks no more of a batch. What a worker executes is let finish; one that has ended stays as it
   * is.
   */
  @Refuses(ProblemType.NOT_FOUND)
  @PostMapping("/v1/batches/{id}/cancel")
  BatchBody cancel(Caller caller, @PathVariable String id) {
    batches.cancel(found(caller.wallet(), id).id(), clock.instant());
    return get(caller, id);
  }

  private BatchBody body(Batch batch) {
    return bodies(List.of(batch)).getFirst();
  }

  private List<BatchBody> bodies(List<Batch> found) {
    Map<BatchId, Counts> counts = batches.counts(found);
    return found.stream()
        .map(batch -> batch.body(counts.getOrDefault(batch.id(), new Counts(0, 0, 0))))
        .toList();
  }

  private Batch found(WalletAddress requester, String id) {
    return BatchId.find(id)
        .flatMap(known -> batches.find(requester, known))
        .orElseThrow(() -> new Problem(ProblemType.NOT_FOUND, "You have no batch of this id."));
  }
}
