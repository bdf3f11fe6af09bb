package dev.assay.marketplace.openai;

import dev.assay.protocol.WalletAddress;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A file, without its content.
 *
 * @param answersOf the batch whose answers it has; null for one that was handed in
 */
record StoredFile(
    FileId id,
    WalletAddress requester,
    String filename,
    long bytes,
    Instant createdAt,
    Instant keptUntil,
    @Nullable Answers answersOf) {
  /** The purpose of one that a batch may ask. */
  static final String HANDED_IN = "batch";

  /** The purpose of one that has what a batch was answered. */
  static final String ANSWERS = "batch_output";

  /**
   * @param areErrors whether it has the lines that were refused or failed, or the others
   */
  record Answers(BatchId batch, boolean areErrors) {}

  FileBody body() {
    return new FileBody(
        id,
        "file",
        bytes,
        createdAt.getEpochSecond(),
        keptUntil.getEpochSecond(),
        filename,
        answersOf == null ? HANDED_IN : ANSWERS,
        "processed");
  }

  /**
   * A file in OpenAI's shape.
   *
   * @param object {@code file}
   * @param createdAt in seconds since 1970
   * @param expiresAt when it is not kept any more
   * @param purpose {@code batch} or {@code batch_output}
   * @param status {@code processed}
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record FileBody(
      FileId id,
      String object,
      long bytes,
      long createdAt,
      long expiresAt,
      String filename,
      String purpose,
      String status) {}

  /**
   * @param object {@code list}
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record FilePage(
      String object,
      List<FileBody> data,
      @Nullable FileId firstId,
      @Nullable FileId lastId,
      boolean hasMore) {
    static FilePage of(List<StoredFile> files, boolean hasMore) {
      return new FilePage(
          "list",
          files.stream().map(StoredFile::body).toList(),
          files.isEmpty() ? null : files.getFirst().id(),
          files.isEmpty() ? null : files.getLast().id(),
          hasMore);
    }
  }

  /**
   * @param object {@code file}
   */
  record FileDeleted(FileId id, String object, boolean deleted) {}
}
