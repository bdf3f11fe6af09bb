package dev.assay.marketplace.openai;

import dev.assay.protocol.WalletAddress;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * Many requests in a file, each of which is to be answered within a day.
 *
 * @param apiKey that it was made with, whose budget it spends
 * @param errors why it failed as a whole
 */
record Batch(
    BatchId id,
    WalletAddress requester,
    Optional<UUID> apiKey,
    BatchEndpoint endpoint,
    FileId inputFile,
    Map<String, String> metadata,
    Status status,
    List<BatchError> errors,
    Instant createdAt,
    Instant expiresAt,
    @Nullable Instant inProgressAt,
    @Nullable Instant cancellingAt,
    @Nullable Instant endedAt,
    @Nullable FileId outputFile,
    @Nullable FileId errorFile) {

  /** How it stands; the last four are for good. */
  enum Status {
    /** Its file is yet to be read. */
    VALIDATING,
    IN_PROGRESS,
    /** Its requester wants no more; what is executed is let finish. */
    CANCELLING,
    COMPLETED,
    /** The day was over before all was answered. */
    EXPIRED,
    CANCELLED,
    /** Its file is not what it should be; nothing was asked. */
    FAILED;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Status of(String label) {
      return valueOf(label.toUpperCase(Locale.ROOT));
    }
  }

  /**
   * Why a batch failed.
   *
   * @param line of the file, from 1; null if it is about all of it
   */
  record BatchError(String code, String message, @Nullable String param, @Nullable Integer line) {}

  /** How many of its lines were answered, and how many of those without an answer. */
  record Counts(int total, int completed, int failed) {}

  BatchBody body(Counts counts) {
    return new BatchBody(
        id,
        "batch",
        endpoint.path(),
        errors.isEmpty() ? null : new BatchErrors("list", errors),
        inputFile,
        "24h",
        status.label(),
        outputFile,
        errorFile,
        createdAt.getEpochSecond(),
        seconds(inProgressAt),
        expiresAt.getEpochSecond(),
        endedAs(Status.COMPLETED),
        endedAs(Status.COMPLETED),
        endedAs(Status.FAILED),
        endedAs(Status.EXPIRED),
        seconds(cancellingAt),
        endedAs(Status.CANCELLED),
        counts,
        metadata);
  }

  private @Nullable Long endedAs(Status end) {
    return status == end ? seconds(endedAt) : null;
  }

  private static @Nullable Long seconds(@Nullable Instant at) {
    return at == null ? null : at.getEpochSecond();
  }

  /**
   * A batch in OpenAI's shape; times are seconds since 1970.
   *
   * @param object {@code batch}
   * @param completionWindow {@code 24h}
   * @param status {@code validating}, {@code failed}, {@code in_progress}, {@code completed},
   *     {@code expired}, {@code cancelling} or {@code cancelled}
   * @param outputFileId has a line for each that was answered, once it has ended
   * @param errorFileId has a line for each other
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record BatchBody(
      BatchId id,
      String object,
      String endpoint,
      @Nullable BatchErrors errors,
      FileId inputFileId,
      String completionWindow,
      String status,
      @Nullable FileId outputFileId,
      @Nullable FileId errorFileId,
      long createdAt,
      @Nullable Long inProgressAt,
      long expiresAt,
      @Nullable Long finalizingAt,
      @Nullable Long completedAt,
      @Nullable Long failedAt,
      @Nullable Long expiredAt,
      @Nullable Long cancellingAt,
      @Nullable Long cancelledAt,
      Counts requestCounts,
      Map<String, String> metadata) {}

  /**
   * @param object {@code list}
   */
  record BatchErrors(String object, List<BatchError> data) {}

  /**
   * @param object {@code list}
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record BatchPage(
      String object,
      List<BatchBody> data,
      @Nullable BatchId firstId,
      @Nullable BatchId lastId,
      boolean hasMore) {
    static BatchPage of(List<BatchBody> batches, boolean hasMore) {
      return new BatchPage(
          "list",
          batches,
          batches.isEmpty() ? null : batches.getFirst().id(),
          batches.isEmpty() ? null : batches.getLast().id(),
          hasMore);
    }
  }
}
