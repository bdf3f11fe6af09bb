package dev.assay.agent.backend;

import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.ChatOutput.FinishReason;
import dev.assay.protocol.content.TokenTrace;
import dev.assay.protocol.content.TokenTrace.Likelihood;
import dev.assay.protocol.content.TokenTrace.Position;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Asks a runtime what its model thinks of given tokens, in one pass over them, as vLLM is asked:
 * the conversation is cut into tokens, the given ones are put behind it, and of this prompt {@code
 * prompt_logprobs} are wanted.
 */
final class TokenScores {
  private static final String ID = "token_id:";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final String model;
  private final Ask runtime;

  /** Posts a body to a path of the runtime. */
  @FunctionalInterface
  interface Ask {
    JsonNode post(String path, Map<String, Object> body)
        throws BackendFailure, IOException, InterruptedException;
  }

  TokenScores(String model, Ask runtime) {
    this.model = model;
    this.runtime = runtime;
  }

  /** Whether a runtime can be asked so; a look that takes one token's time. */
  static boolean areTold(HttpClient http, URI address, String model) throws InterruptedException {
    var scores =
        new TokenScores(
            model,
            (path, body) ->
                OpenAiRuntime.ask(
                        http,
                        HttpRequest.newBuilder(OpenAiRuntime.at(address, path))
                            .header("content-type", "application/json")
                            .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                            .build())
                    .orElseThrow(() -> new BackendFailure("It does not know " + path + ".")));
    try {
      List<Integer> tokens = scores.tokens(List.of(Map.of("role", "user", "content", "We the")));
      return scores.positions(tokens, 1).size() == tokens.size() - 1;
    } catch (IOException | BackendFailure | JacksonException e) {
      return false;
    }
  }

  Answer of(ChatInput input) throws BackendFailure, IOException, InterruptedException {
    List<Integer> forced = Objects.requireNonNull(input.forcedTokens());
    List<Integer> prompt = tokens(OpenAiRuntime.messages(input));
    List<Integer> all = new ArrayList<>(prompt);
    all.addAll(forced);
    TokenTrace trace = trace(positions(all, prompt.size()));
    boolean isEnded = isEnd(all);
    List<Integer> said = isEnded ? forced.subList(0, forced.size() - 1) : forced;
    return new Answer(
        new ChatOutput(
            said.isEmpty() ? "" : text(said),
            isEnded ? FinishReason.STOP : FinishReason.LENGTH,
            trace),
        all.size(),
        0);
  }

  private List<Integer> tokens(List<Map<String, String>> messages)
      throws BackendFailure, IOException, InterruptedException {
    JsonNode answer =
        runtime.post(
            "/tokenize",
            Map.of("model", model, "messages", messages, "add_generation_prompt", true));
    List<Integer> tokens = new ArrayList<>();
    for (JsonNode token : answer.path("tokens")) {
      tokens.add(id(token.isIntegralNumber() ? token.asString() : ""));
    }
    if (tokens.isEmpty()) {
      throw new BackendFailure("The runtime does not cut conversations into tokens.");
    }
    return tokens;
  }

  /** What the model thinks of a prompt's tokens from {@code from} on. */
  private List<Position> positions(List<Integer> prompt, int from)
      throws BackendFailure, IOException, InterruptedException {
    JsonNode answer =
        runtime.post(
            "/v1/completions",
            Map.of(
                "model",
                model,
                "prompt",
                prompt,
                "max_tokens",
                1,
                "temperature",
                0,
                "prompt_logprobs",
                TokenTrace.LISTED));
    JsonNode scores = answer.path("choices").path(0).path("prompt_logprobs");
    if (scores.size() != prompt.size()) {
      throw new BackendFailure("The runtime does not tell what its model thinks of given tokens.");
    }
    List<Position> positions = new ArrayList<>();
    for (int i = from; i < prompt.size(); i++) {
      positions.add(position(scores.path(i), prompt.get(i)));
    }
    return positions;
  }

  /** An object whose names are ids: the likeliest, and the one that stands there. */
  private static Position position(JsonNode listed, int token) throws BackendFailure {
    Map<Integer, Likelihood> known = new LinkedHashMap<>();
    for (var entry : listed.properties()) {
      int id = id(entry.getKey());
      known.put(id, likelihood(id, entry.getValue()));
    }
    return position(Optional.ofNullable(known.get(token)), List.copyOf(known.values()));
  }

  /** A member of {@code logprobs.content} of a chat, with ids for tokens. */
  static Position position(JsonNode said) throws BackendFailure {
    List<Likelihood> likeliest = new ArrayList<>();
    for (JsonNode other : said.path("top_logprobs")) {
      likeliest.add(likelihood(id(other), other));
    }
    return position(Optional.of(likelihood(id(said), said)), likeliest);
  }

  private static Position position(Optional<Likelihood> chosen, List<Likelihood> listed)
      throws BackendFailure {
    if (chosen.isEmpty() || listed.size() < TokenTrace.LISTED) {
      throw new BackendFailure("The runtime does not tell what its model thinks of each token.");
    }
    return new Position(
        chosen.get(),
        listed.stream()
            .sorted(Comparator.comparing(Likelihood::logprob).reversed())
            .limit(TokenTrace.LISTED)
            .toList());
  }

  private static Likelihood likelihood(int id, JsonNode entry) throws BackendFailure {
    if (!entry.path("logprob").isNumber()) {
      throw new BackendFailure("The runtime gave something else than a number as a logprob.");
    }
    return new Likelihood(id, (float) entry.path("logprob").asDouble());
  }

  private static int id(JsonNode named) throws BackendFailure {
    String token = named.path("token").asString("");
    return id(token.startsWith(ID) ? token.substring(ID.length()) : "");
  }

  private static int id(String number) throws BackendFailure {
    try {
      return Integer.parseUnsignedInt(number);
    } catch (NumberFormatException e) {
      throw new BackendFailure("The runtime does not name tokens by their ids.", e);
    }
  }

  static TokenTrace trace(List<Position> positions) throws BackendFailure {
    try {
      return TokenTrace.ofPositions(positions);
    } catch (IllegalArgumentException e) {
      throw new BackendFailure("The runtime gave logprobs that no model can have.", e);
    }
  }

  /** Whether the last token ends an answer: a runtime that may say only that one tells. */
  private boolean isEnd(List<Integer> all)
      throws BackendFailure, IOException, InterruptedException {
    JsonNode answer =
        runtime.post(
            "/v1/completions",
            Map.of(
                "model",
                model,
                "prompt",
                all.subList(0, all.size() - 1),
                "max_tokens",
                1,
                "temperature",
                0,
                "allowed_token_ids",
                List.of(all.getLast())));
    return answer.path("choices").path(0).path("finish_reason").asString("").equals("stop");
  }

  private String text(List<Integer> tokens)
      throws BackendFailure, IOException, InterruptedException {
    JsonNode text =
        runtime.post("/detokenize", Map.of("model", model, "tokens", tokens)).path("prompt");
    if (!text.isString()) {
      throw new BackendFailure("The runtime does not join tokens to texts.");
    }
    return SaidText.of(text.asString());
  }
}
