package dev.assay.marketplace.identity;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** Names an API key: {@code key_} and a UUIDv7. */
record KeyId(UUID uuid) {
  private static final Pattern SHAPE =
      Pattern.compile("key_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})");

  /** Nothing for a text that names no key. */
  static Optional<KeyId> parse(String text) {
    var id = SHAPE.matcher(text);
    return id.matches() ? Optional.of(new KeyId(UUID.fromString(id.group(1)))) : Optional.empty();
  }

  @JsonValue
  @Override
  public String toString() {
    return "key_" + uuid;
  }
}
