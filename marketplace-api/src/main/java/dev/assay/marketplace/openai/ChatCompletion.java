package dev.assay.marketplace.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * The answer to a conversation.
 *
 * @param object {@code chat.completion}
 * @param created when it was asked for, in seconds since 1970
 * @param model that has answered
 * @param usage as the worker has signed it and is paid for; null where that was not written down
 */
@JsonNaming(SnakeCaseStrategy.class)
record ChatCompletion(
    String id,
    String object,
    long created,
    String model,
    List<ChatChoice> choices,
    @Nullable ChatUsage usage,
    MarketNote market) {
  /**
   * The one answer.
   *
   * @param logprobs always null
   * @param finishReason {@code stop} or {@code length}
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record ChatChoice(int index, ChatReply message, @Nullable String logprobs, String finishReason) {}

  /**
   * What was said.
   *
   * @param role {@code assistant}
   * @param refusal always null
   */
  record ChatReply(String role, String content, @Nullable String refusal) {}

  /** Tokens. */
  @JsonNaming(SnakeCaseStrategy.class)
  record ChatUsage(long promptTokens, long completionTokens, long totalTokens) {}

  /** A piece of a streamed answer. */
  @JsonNaming(SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Chunk(
      String id,
      String object,
      long created,
      String model,
      List<ChunkChoice> choices,
      @Nullable ChatUsage usage,
      @Nullable MarketNote market) {}

  /**
   * @param finishReason null but at the end
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record ChunkChoice(
      int index, Delta delta, @Nullable String logprobs, @Nullable String finishReason) {}

  /** What comes next. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Delta(@Nullable String role, @Nullable String content) {}
}
