package dev.assay.marketplace.openai;

import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.job.Tier;
import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.openai.AwaitAnswer.Answer;
import dev.assay.marketplace.openai.ChatCompletion.ChatChoice;
import dev.assay.marketplace.openai.ChatCompletion.ChatLogprobs;
import dev.assay.marketplace.openai.ChatCompletion.ChatReply;
import dev.assay.marketplace.openai.ChatCompletion.ChatUsage;
import dev.assay.marketplace.openai.ChatCompletion.TokenLogprob;
import dev.assay.marketplace.openai.ChatCompletion.TopLogprob;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.JobId;
import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatMessage;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.TokenTrace;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A conversation in OpenAI's words and in the market's. */
final class CompleteChat {
  /** As a text of any length it would only be kept. */
  private static final int LONGEST_NAME = 1_000;

  /** Of more than that whoever asks should say so: it is held until the answer is there. */
  private static final int MOST_UNASKED = 1024;

  private CompleteChat() {}

  static PlaceOrder.Order order(ChatRequest request) {
    checkSupported(request);
    return new PlaceOrder.Order(
        request,
        models(request.model(), request.models()),
        Objects.requireNonNullElse(request.provider(), Routing.NONE),
        tier(request.serviceTier()),
        request.isWithLogprobs(),
        (model, id) -> input(request, model, id));
  }

  static List<String> models(String model, @Nullable List<String> others) {
    if (others == null) {
      return List.of(model);
    }
    if (others.size() > 8) {
      throw new Problem(ProblemType.INVALID_BODY, "models", "models has at most 8 members.");
    }
    if (others.stream().anyMatch(name -> name.length() > LONGEST_NAME)) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "models",
          "A model's name has at most %d characters.".formatted(LONGEST_NAME));
    }
    return Stream.concat(Stream.of(model), others.stream()).distinct().toList();
  }

  static Tier tier(@Nullable ServiceTier tier) {
    return Objects.requireNonNullElse(tier, ServiceTier.DEFAULT).tier();
  }

  private static void checkSupported(ChatRequest request) {
    check(request.n() == null || request.n() == 1, "n", "One answer is made: n is 1.");
    checkCount("max_tokens", request.maxTokens());
    checkCount("max_completion_tokens", request.maxCompletionTokens());
    checkNeutral("top_p", request.topP(), 1);
    checkNeutral("presence_penalty", request.presencePenalty(), 0);
    checkNeutral("frequency_penalty", request.frequencyPenalty(), 0);
    checkTopLogprobs(request);
    checkSeed(request.seed());
    check(
        request.responseFormat() == null || request.responseFormat().type().equals("text"),
        "response_format",
        "No shape is forced on an answer: response_format is {\"type\":\"text\"}.");
  }

  private static void checkCount(String member, @Nullable Integer tokens) {
    if (tokens != null && (tokens < 1 || tokens > ChatInput.MAX_TOKENS)) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          member,
          "%s is 1 to %d.".formatted(member, ChatInput.MAX_TOKENS));
    }
  }

  private static void checkSeed(@Nullable Long seed) {
    if (seed != null && (seed < 0 || seed > Integer.MAX_VALUE)) {
      throw new Problem(
          ProblemType.INVALID_BODY, "seed", "seed is 0 to %d.".formatted(Integer.MAX_VALUE));
    }
  }

  private static void checkTopLogprobs(ChatRequest request) {
    Integer listed = request.topLogprobs();
    if (listed == null) {
      return;
    }
    if (listed < 0) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "top_logprobs",
          "top_logprobs is 0 to %d.".formatted(TokenTrace.LISTED));
    }
    check(
        request.isWithLogprobs() && listed <= TokenTrace.LISTED,
        "top_logprobs",
        "Workers tell the %1$d likeliest tokens: top_logprobs is 0 to %1$d, and there only if logprobs is true."
            .formatted(TokenTrace.LISTED));
  }

  private static void checkNeutral(String member, @Nullable Double value, int neutral) {
    check(
        value == null || value == neutral,
        member,
        "Workers sample by temperature and seed alone: %s is %d.".formatted(member, neutral));
  }

  private static void check(boolean isSupported, String member, String words) {
    if (!isSupported) {
      throw new Problem(ProblemType.UNSUPPORTED_PARAMETER, member, words);
    }
  }

  private static ChatInput input(ChatRequest request, Model model, JobId id) {
    List<ChatMessage> messages = messages(request.messages());
    // Another for each request, and the same when it is sent again: it follows from the job's id.
    int seed =
        request.seed() == null
            ? (int) (id.uuid().getLeastSignificantBits() & Integer.MAX_VALUE)
            : request.seed().intValue();
    int maxTokens = maxTokens(request, model);
    int temperature = temperatureMilli(request);
    try {
      return new ChatInput(messages, maxTokens, temperature, seed);
    } catch (IllegalArgumentException e) { // the others were looked at
      throw new Problem(ProblemType.INVALID_BODY, "messages", String.valueOf(e.getMessage()));
    }
  }

  private static List<ChatMessage> messages(List<ChatRequest.Turn> turns) {
    List<ChatMessage> messages = new ArrayList<>();
    for (ChatRequest.Turn turn : turns) {
      try {
        messages.add(new ChatMessage(turn.role().role(), turn.content().text()));
      } catch (IllegalArgumentException e) {
        String member = "messages[%d].content".formatted(messages.size());
        throw new Problem(ProblemType.INVALID_BODY, member, String.valueOf(e.getMessage()));
      }
    }
    return messages;
  }

  private static int maxTokens(ChatRequest request, Model model) {
    Integer newer = request.maxCompletionTokens();
    Integer asked = newer == null ? request.maxTokens() : newer;
    int context = model.manifest().contextUnits();
    if (asked == null) {
      return Math.max(1, Math.min(MOST_UNASKED, context / 2));
    }
    if (asked >= context) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          newer == null ? "max_tokens" : "max_completion_tokens",
          "%s has a context of %d tokens; ask for fewer than that."
              .formatted(model.name(), context));
    }
    return asked;
  }

  private static int temperatureMilli(ChatRequest request) {
    double temperature = Objects.requireNonNullElse(request.temperature(), 1.0);
    if (!(temperature >= 0 && temperature <= 2)) {
      throw new Problem(ProblemType.INVALID_BODY, "temperature", "temperature is 0 to 2.");
    }
    return (int) Math.round(temperature * 1_000);
  }

  static ChatCompletion completion(Job job, Answer answer, ChatRequest request) {
    return new ChatCompletion(
        id(job),
        "chat.completion",
        job.postedAt().getEpochSecond(),
        answer.body().model(),
        List.of(
            new ChatChoice(
                0,
                new ChatReply("assistant", output(answer).text(), null),
                logprobs(answer, request),
                finishReason(answer))),
        usage(answer),
        answer.market());
  }

  static String id(Job job) {
    return "chatcmpl-" + job.id().uuid();
  }

  static @Nullable ChatUsage usage(Answer answer) {
    JobEnd.Usage usage = answer.body().usage();
    return usage == null
        ? null
        : new ChatUsage(
            usage.inputUnits(), usage.outputUnits(), usage.inputUnits() + usage.outputUnits());
  }

  /** Null if nobody asked for them. */
  static @Nullable ChatLogprobs logprobs(Answer answer, ChatRequest request) {
    if (!request.isWithLogprobs()) {
      return null;
    }
    TokenTrace trace = output(answer).trace();
    int tokens = trace == null ? 0 : trace.count(); // none of an answer without a token
    int listed = Objects.requireNonNullElse(request.topLogprobs(), 0);
    return new ChatLogprobs(
        IntStream.range(0, tokens)
            .mapToObj(i -> logprob(Objects.requireNonNull(trace).position(i), listed))
            .toList(),
        null);
  }

  private static TokenLogprob logprob(TokenTrace.Position position, int listed) {
    return new TokenLogprob(
        token(position.chosen()),
        position.chosen().logprob(),
        null,
        position.likeliest().stream()
            .limit(listed)
            .map(other -> new TopLogprob(token(other), other.logprob(), null))
            .toList());
  }

  private static String token(TokenTrace.Likelihood of) {
    return "token_id:" + of.token();
  }

  /** OpenAI has no word for an answer that its requester has cut short. */
  static String finishReason(Answer answer) {
    return switch (output(answer).finishReason()) {
      case STOP, CANCELLED -> "stop";
      case LENGTH -> "length";
    };
  }

  static ChatOutput output(Answer answer) {
    return (ChatOutput) answer.output();
  }
}
