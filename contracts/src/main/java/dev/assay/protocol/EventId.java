package dev.assay.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.UUID;

/** Names one event for ever, so that a second delivery is recognised. {@code evt_} and a UUIDv7. */
public record EventId(UUID uuid) {
  private static final String PREFIX = "evt_";

  /**
   * @throws IllegalArgumentException unless {@code text} is {@code evt_} and a canonical UUID
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static EventId parse(String text) {
    return new EventId(PrefixedUuid.parse(PREFIX, text));
  }

  @JsonValue
  @Override
  public String toString() {
    return PREFIX + uuid;
  }
}
