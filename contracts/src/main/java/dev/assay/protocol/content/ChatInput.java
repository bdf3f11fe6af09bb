package dev.assay.protocol.content;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.assay.protocol.Digest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A conversation to be continued, and how.
 *
 * @param messages 1 to {@value #MAX_MESSAGES}, the last by somebody else than the assistant
 * @param maxTokens the most that is generated, 1 to {@value #MAX_TOKENS}
 * @param temperatureMilli thousandths, 0 (always the likeliest token) to 2,000
 * @param seed of the sampler, 0 to 2³¹ − 1; runtimes that have none ignore it
 * @param forcedTokens 1 to {@code maxTokens} ids that the model is to say instead of what it would
 *     say; the answer is then what it thinks of them. Null or left out: it speaks for itself
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ChatInput(
    List<ChatMessage> messages,
    int maxTokens,
    int temperatureMilli,
    int seed,
    @Nullable List<Integer> forcedTokens)
    implements JobInput {
  public static final int MAX_MESSAGES = 256;
  public static final int MAX_TOKENS = 131_072;

  private static final String TAG = "assay/input/chat/1";
  private static final String FORCED_TAG = "assay/input/chat/forced/1";
  private static final int MAX_TEMPERATURE_MILLI = 2_000;

  /** What chat templates put around a message, generously. */
  private static final int MARKS = 16;

  /** Of a model that speaks for itself. */
  public ChatInput(List<ChatMessage> messages, int maxTokens, int temperatureMilli, int seed) {
    this(messages, maxTokens, temperatureMilli, seed, null);
  }

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
    if (forcedTokens != null) {
      forcedTokens = List.copyOf(forcedTokens);
      range("The number of forcedTokens", forcedTokens.size(), 1, maxTokens);
      if (forcedTokens.stream().anyMatch(token -> token < 0)) {
        throw new IllegalArgumentException("A token is 0 or more.");
      }
    }
  }

  /** The same conversation, in which the model is to say these. */
  public ChatInput forcing(List<Integer> tokens) {
    return new ChatInput(messages, maxTokens, temperatureMilli, seed, tokens);
  }

  /**
   * Of an input in which tokens are forced, for whom the conversation itself is not shown.
   *
   * @param free digest of the same input without them
   */
  public static Digest digestForcing(Digest free, List<Integer> tokens) {
    var bytes = new CanonicalBytes(FORCED_TAG).digest(free).number(tokens.size());
    tokens.forEach(bytes::number);
    return bytes.keccak256();
  }

  @Override
  public Digest digest() {
    var bytes = new CanonicalBytes(TAG).number(messages.size());
    for (ChatMessage message : messages) {
      bytes.text(message.role().toString()).text(message.content());
    }
    Digest free = bytes.number(maxTokens).number(temperatureMilli).number(seed).keccak256();
    return forcedTokens == null ? free : digestForcing(free, forcedTokens);
  }

  @Override
  public JobKind kind() {
    return JobKind.CHAT;
  }

  @Override
  public long mostInputUnits() {
    return messages.stream()
            .mapToLong(message -> message.content().getBytes(StandardCharsets.UTF_8).length + MARKS)
            .sum()
        + (forcedTokens == null ? 0 : forcedTokens.size());
  }

  /** Tokens that are forced are read, not made. */
  @Override
  public long mostOutputUnits() {
    return forcedTokens == null ? maxTokens : 0;
  }

  private static void range(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          "%s is %d to %d, not %d.".formatted(name, min, max, value));
    }
  }
}
