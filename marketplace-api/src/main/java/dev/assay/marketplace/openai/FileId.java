package dev.assay.marketplace.openai;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Names a file: {@code file-} and a UUIDv7. */
record FileId(UUID uuid) {
  private static final Pattern SHAPE =
      Pattern.compile("file-([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})");

  /** Nothing for a text that names no file. */
  static Optional<FileId> find(String text) {
    var id = SHAPE.matcher(text);
    return id.matches() ? Optional.of(new FileId(UUID.fromString(id.group(1)))) : Optional.empty();
  }

  /**
   * @throws IllegalArgumentException for a text that names no file
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static FileId parse(String text) {
    return find(text)
        .orElseThrow(() -> new IllegalArgumentException("A file is named by 'file-' and a UUID."));
  }

  @JsonValue
  @Override
  public String toString() {
    return "file-" + uuid;
  }
}
