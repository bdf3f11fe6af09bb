package dev.assay.marketplace.openai;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.protocol.content.ChatMessage;
import java.util.Arrays;
import java.util.Locale;

/** Who speaks in a conversation. */
enum TurnRole {
  SYSTEM(ChatMessage.Role.SYSTEM),
  /** OpenAI's newer name for {@code system}. */
  DEVELOPER(ChatMessage.Role.SYSTEM),
  USER(ChatMessage.Role.USER),
  ASSISTANT(ChatMessage.Role.ASSISTANT);

  private final ChatMessage.Role role;

  TurnRole(ChatMessage.Role role) {
    this.role = role;
  }

  ChatMessage.Role role() {
    return role;
  }

  @JsonCreator
  static TurnRole parse(String label) {
    return Arrays.stream(values())
        .filter(role -> role.label().equals(label))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "role is 'system', 'developer', 'user' or 'assistant'; no tools are called here."));
  }

  @JsonValue
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
