package dev.assay.marketplace.openai;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.openai.StoredFile.FileBody;
import dev.assay.marketplace.openai.StoredFile.FileDeleted;
import dev.assay.marketplace.openai.StoredFile.FilePage;
import dev.assay.marketplace.platform.Page;
import dev.assay.marketplace.platform.PageSize;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.WalletAddress;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.multipart.MultipartFile;

/** {@code /v1/files}: what batches ask, and what they were answered. */
@RestController
class FileController {
  private static final int LONGEST_NAME = 256;
  private static final Duration KEPT = Duration.ofDays(30);

  /** Of each requester, of what was handed in. */
  private static final long MOST_BYTES = 256L << 20;

  private static final Pattern FIELD = Pattern.compile("[a-z_]{1,64}");

  /** Each is held in memory while it is stored. */
  private final Semaphore storing = new Semaphore(4);

  private final StoredFiles files;
  private final BatchAnswers answers;
  private final Clock clock;
  private final Ids ids;

  FileController(StoredFiles files, BatchAnswers answers, Clock clock, Ids ids) {
    this.files = files;
    this.answers = answers;
    this.clock = clock;
    this.ids = ids;
  }

  /**
   * Hands in a file whose lines a batch will ask. It is kept for thirty days.
   *
   * @param file of at most 16 MB
   * @param purpose only {@code batch}
   */
  @Refuses({ProblemType.INVALID_BODY, ProblemType.UNSUPPORTED_PARAMETER, ProblemType.MARKET_FULL})
  @PostMapping(path = "/v1/files", consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
  FileBody create(
      Caller caller,
      @RequestParam MultipartFile file,
      @RequestParam String purpose,
      HttpServletRequest form)
      throws IOException {
    checkFields(form);
    if (!purpose.equals("batch")) {
      throw new Problem(
          ProblemType.UNSUPPORTED_PARAMETER,
          "purpose",
          "Files are for batches: purpose is 'batch'.");
    }
    String name = Objects.requireNonNullElse(file.getOriginalFilename(), "");
    if (name.isEmpty()
        || name.length() > LONGEST_NAME
        || name.chars()
            .anyMatch(c -> Character.isISOControl(c) || Character.isSurrogate((char) c))) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "file",
          "A file's name has 1 to %d plain characters.".formatted(LONGEST_NAME));
    }
    if (files.bytesOf(caller.wallet()) + file.getSize() > MOST_BYTES) {
      throw new Problem(
          ProblemType.MARKET_FULL,
          "file",
          "You may have files of %d MB together here. Delete some.".formatted(MOST_BYTES >> 20));
    }
    if (!storing.tryAcquire()) {
      throw new Problem(ProblemType.UNAVAILABLE, "Too many files come at once. Try again soon.");
    }
    try {
      Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
      var stored =
          new StoredFile(
              new FileId(ids.next()),
              caller.wallet(),
              name,
              file.getSize(),
              now,
              now.plus(KEPT),
              null);
      files.insert(stored, file.getBytes());
      return stored.body();
    } finally {
      storing.release();
    }
  }

  /** A field that is passed over would be taken for granted: when a file is to be gone, say. */
  private static void checkFields(HttpServletRequest form) {
    for (String field : form.getParameterMap().keySet()) {
      if (!field.equals("purpose")) {
        String name = field.replaceFirst("\\[.*", "");
        throw new Problem(
            ProblemType.UNSUPPORTED_PARAMETER,
            FIELD.matcher(name).matches() ? name : null,
            "The form has the parts 'file' and 'purpose' alone; a file is kept for thirty days.");
      }
    }
  }

  /**
   * The requester's files, the newest first.
   *
   * @param purpose only those; there are none of OpenAI's other purposes
   * @param after the id of the last file of the page before
   * @param limit of more than 100 a page has 100
   * @param order {@code asc} for the oldest first
   */
  @GetMapping("/v1/files")
  FilePage list(
      Caller caller,
      @RequestParam(required = false) @Nullable String purpose,
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(defaultValue = PageSize.DEFAULT) String limit,
      @RequestParam(defaultValue = "desc") String order) {
    if (!limit.matches("[1-9][0-9]{0,4}")) {
      throw new Problem(ProblemType.INVALID_PARAMETER, "limit is a whole number from 1 to 99999.");
    }
    if (!order.equals("asc") && !order.equals("desc")) {
      throw new Problem(ProblemType.INVALID_PARAMETER, "order is 'asc' or 'desc'.");
    }
    var size = new PageSize(Math.min(Integer.parseInt(limit), PageSize.MAX));
    Optional<FileId> from = Page.after(after, FileId::parse);
    List<StoredFile> found =
        files.list(caller.wallet(), purpose, from, order.equals("asc"), size.andOneMore());
    return FilePage.of(found.stream().limit(size.value()).toList(), found.size() > size.value());
  }

  /** A file, without its content. */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/v1/files/{id}")
  FileBody get(Caller caller, @PathVariable String id) {
    return found(caller.wallet(), id).body();
  }

  /** A file's content, as it was handed in; of a batch's answers a JSON object on each line. */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/v1/files/{id}/content")
  void content(Caller caller, @PathVariable String id, HttpServletResponse response)
      throws IOException {
    StoredFile file = found(caller.wallet(), id);
    response.setContentType(MediaType.APPLICATION_OCTET_STREAM_VALUE);
    response.setHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    response.setContentLengthLong(file.bytes());
    var answersOf = file.answersOf();
    if (answersOf == null) {
      response.getOutputStream().write(files.content(file.id()));
    } else {
      answers.write(answersOf.batch(), answersOf.areErrors(), response.getOutputStream());
    }
  }

  /** Deletes a file. A batch that has read it goes on. */
  @Refuses(ProblemType.NOT_FOUND)
  @DeleteMapping("/v1/files/{id}")
  FileDeleted delete(Caller caller, @PathVariable String id) {
    StoredFile file = found(caller.wallet(), id);
    files.delete(caller.wallet(), file.id());
    return new FileDeleted(file.id(), "file", true);
  }

  private StoredFile found(WalletAddress requester, String id) {
    return FileId.find(id)
        .flatMap(known -> files.find(requester, known))
        .orElseThrow(() -> new Problem(ProblemType.NOT_FOUND, "You have no file of this id."));
  }
}
