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
   * @param logprobs null if they were not asked for
   * @param finishReason {@code stop} or {@code length}
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record ChatChoice(
      int index, ChatReply message, @Nullable ChatLogprobs logprobs, String finishReason) {}

  /**
   * What the worker's model thought of the tokens of its answer, as the worker has signed it.
   *
   * @param content one for each token, that which ended the answer included
   * @param refusal always null
   */
  record ChatLogprobs(List<TokenLogprob> content, @Nullable String refusal) {}

  /**
   * A token of an answer.
   *
   * @param token {@code token_id:} and its number in the model's vocabulary, as vLLM writes it
   * @param bytes always null: nobody signs what a token by itself says
   * @param topLogprobs the likeliest tokens at its place, the likeliest first
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record TokenLogprob(
      String token, float logprob, @Nullable List<Integer> bytes, List<TopLogprob> topLogprobs) {}

  /**
   * One of the likeliest tokens.
   *
   * @param token as of {@code TokenLogprob}
   * @param bytes always null
   */
  record TopLogprob(String token, float logprob, @Nullable List<Integer> bytes) {}

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
   * @param logprobs null if they were not asked for, else all of them at the end: a worker tells
   *     them with its result
   * @param finishReason null but at the end
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record ChunkChoice(
      int index, Delta delta, @Nullable ChatLogprobs logprobs, @Nullable String finishReason) {}

  /** What comes next. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Delta(@Nullable String role, @Nullable String content) {}
}
