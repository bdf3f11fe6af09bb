package dev.assay.protocol.content;

import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * One turn of a conversation.
 *
 * @param content at most {@value #MAX_CONTENT_BYTES} bytes of UTF-8
 */
public record ChatMessage(Role role, String content) {
  public static final int MAX_CONTENT_BYTES = 131_072;

  /** Who speaks. */
  public enum Role {
    SYSTEM,
    USER,
    ASSISTANT;

    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * @throws IllegalArgumentException for a content that is too long
   */
  public ChatMessage {
    int bytes = content.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > MAX_CONTENT_BYTES) {
      throw new IllegalArgumentException(
          "A message has %d bytes of UTF-8; at most %d are taken."
              .formatted(bytes, MAX_CONTENT_BYTES));
    }
  }
}
