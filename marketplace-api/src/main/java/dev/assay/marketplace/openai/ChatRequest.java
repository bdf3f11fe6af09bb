package dev.assay.marketplace.openai;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * The body of {@code POST /v1/chat/completions}.
 *
 * @param models to be tried in this order if nobody can serve {@code model} now
 * @param stream whether the answer comes as it is made, as server-sent events
 * @param maxTokens the most that is generated; half of the model's context, and at most 1024, if
 *     neither this nor {@code max_completion_tokens} is given
 * @param maxCompletionTokens the newer name of {@code max_tokens}
 * @param temperature in steps of a thousandth; 1 if not given
 * @param seed of the sampler; another one for each request if not given
 * @param n only one answer is made
 * @param topP tokens are drawn from all
 * @param logprobs whether the answer tells what the model thought of each of its tokens; only of a
 *     model whose {@code supported_parameters} name it
 * @param topLogprobs how many of the likeliest tokens stand beside each, 0 to 5; with {@code
 *     logprobs} only
 * @param metadata a client's own notes; not kept
 * @param user a client's own note; not kept
 * @param safetyIdentifier a client's own note; not kept
 * @param promptCacheKey a client's own note; not kept
 * @param promptCacheRetention a client's own note; not kept
 * @param parallelToolCalls says nothing where there are no tools
 */
@JsonNaming(SnakeCaseStrategy.class)
record ChatRequest(
    String model,
    List<Turn> messages,
    @Nullable List<String> models,
    @Nullable Routing provider,
    @Nullable Boolean stream,
    @Nullable StreamOptions streamOptions,
    @Nullable Integer maxTokens,
    @Nullable Integer maxCompletionTokens,
    @Nullable Double temperature,
    @Nullable Long seed,
    @Nullable ServiceTier serviceTier,
    @Nullable ResponseFormat responseFormat,
    @Nullable Integer n,
    @Nullable Double topP,
    @Nullable Double presencePenalty,
    @Nullable Double frequencyPenalty,
    @Nullable Boolean logprobs,
    @Nullable Integer topLogprobs,
    @Nullable Boolean parallelToolCalls,
    @Nullable Map<String, String> metadata,
    @Nullable String user,
    @Nullable String safetyIdentifier,
    @Nullable String promptCacheKey,
    @Nullable String promptCacheRetention,
    @Nullable Unsupported stop,
    @Nullable Unsupported tools,
    @Nullable Unsupported toolChoice,
    @Nullable Unsupported functions,
    @Nullable Unsupported functionCall,
    @Nullable Unsupported logitBias,
    @Nullable Unsupported modalities,
    @Nullable Unsupported audio,
    @Nullable Unsupported prediction,
    @Nullable Unsupported promptCacheOptions,
    @Nullable Unsupported moderation,
    @Nullable Unsupported reasoningEffort,
    @Nullable Unsupported verbosity,
    @Nullable Unsupported webSearchOptions,
    @Nullable Unsupported store) {
  /**
   * One turn of the conversation.
   *
   * @param content at most 131072 bytes of UTF-8
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record Turn(
      TurnRole role,
      TurnContent content,
      @Nullable Unsupported name,
      @Nullable Unsupported refusal,
      @Nullable Unsupported annotations,
      @Nullable Unsupported audio,
      @Nullable Unsupported toolCalls,
      @Nullable Unsupported functionCall) {}

  /**
   * What a stream tells.
   *
   * @param includeUsage whether a last chunk tells how many tokens there were
   * @param includeObfuscation not done
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record StreamOptions(@Nullable Boolean includeUsage, @Nullable Unsupported includeObfuscation) {}

  /**
   * What shape the answer has.
   *
   * @param type only {@code text}
   */
  @JsonNaming(SnakeCaseStrategy.class)
  record ResponseFormat(String type, @Nullable Unsupported jsonSchema) {}

  boolean isWithLogprobs() {
    return Boolean.TRUE.equals(logprobs);
  }

  /** Without the conversation, which is the requester's own. */
  @Override
  public String toString() {
    return "ChatRequest[model=%s]".formatted(model);
  }
}
