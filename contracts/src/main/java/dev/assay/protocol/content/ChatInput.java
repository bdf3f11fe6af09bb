package dev.assay.protocol.content;

import dev.assay.protocol.Digest;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A conversation to be continued, and how.
 *
 * @param messages 1 to {@value #MAX_MESSAGES}, the last by somebody else than the assistant
 * @param maxTokens the most that is generated, 1 to {@value #MAX_TOKENS}
 * @param temperatureMilli thousandths, 0 (always the likeliest token) to 2,000
 * @param seed of the sampler, 0 to 2³¹ − 1; runtimes that have none ignore it
 */
public record ChatInput(List<ChatMessage> messages, int maxTokens, int temperatureMilli, int seed)
    implements JobInput {
  public static final int MAX_MESSAGES = 256;
  public static final int MAX_TOKENS = 131_072;

  private static final String TAG = "assay/input/chat/1";
  private static final int MAX_TEMPERATURE_MILLI = 2_000;

  /** What chat templates put around a message, generously. */
  private static final int MARKS = 16;

  /**
   * @throws IllegalArgumentException outside these bounds
   */
  public ChatInput {
    messages = List.copyOf(messages);
    range("The number of messages", messages.size(), 1, MAX_MESSAGES);
    range("maxTokens", maxTokens, 1, MAX_TOKENS);
    range("temperatureMilli", temperatureMilli, 0, MAX_TEMPERATURE_MILLI);
    range("seed", seed, 0, Integer.MAX_VALUE);
    if (messages.getLast().role() == ChatMessage.Role.ASSISTANT) {
      throw new IllegalArgumentException("The last message is a user's or the system's.");
    }
  }

  @Override
  public Digest digest() {
    var bytes = new CanonicalBytes(TAG).number(messages.size());
    for (ChatMessage message : messages) {
      bytes.text(message.role().toString()).text(message.content());
    }
    return bytes.number(maxTokens).number(temperatureMilli).number(seed).keccak256();
  }

  @Override
  public JobKind kind() {
    return JobKind.CHAT;
  }

  @Override
  public long mostInputUnits() {
    return messages.stream()
        .mapToLong(message -> message.content().getBytes(StandardCharsets.UTF_8).length + MARKS)
        .sum();
  }

  @Override
  public long mostOutputUnits() {
    return maxTokens;
  }

  private static void range(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s is %d to %d, not %d.".formatted(name, min, max, value));
    }
  }
}
