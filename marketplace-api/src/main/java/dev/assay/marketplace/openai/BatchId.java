package dev.assay.marketplace.openai;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Names a batch: {@code batch_} and a UUIDv7. */
record BatchId(UUID uuid) {
  private static final Pattern SHAPE =
      Pattern.compile("batch_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})");

  /** Nothing for a text that names no batch. */
  static Optional<BatchId> find(String text) {
    var id = SHAPE.matcher(text);
    return id.matches() ? Optional.of(new BatchId(UUID.fromString(id.group(1)))) : Optional.empty();
  }

  /**
   * @throws IllegalArgumentException for a text that names no batch
   */
  static BatchId parse(String text) {
    return find(text)
        .orElseThrow(
            () -> new IllegalArgumentException("A batch is named by 'batch_' and a UUID."));
  }

  @JsonValue
  @Override
  public String toString() {
    return "batch_" + uuid;
  }
}
