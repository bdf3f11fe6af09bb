package dev.assay.quickstart.language;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.assay.quickstart.language.Speaker.Sampling;
import dev.assay.quickstart.language.Speaker.Scored;
import dev.assay.quickstart.language.Speaker.Spoken;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A runtime that speaks the HTTP of OpenAI, and of vLLM what a verifier needs: chat completions
 * with logprobs and ids of tokens, and logprobs of a prompt's tokens. On loopback only.
 */
public final class LanguageServer implements AutoCloseable {
  private static final int LARGEST_BODY = 4 * 1024 * 1024;
  private static final int MOST_LISTED = 20;
  private static final int DEFAULT_TOKENS = 128;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpServer server;
  private final ExecutorService threads;
  private final LanguageModel sold;
  private final Speaker speaker;

  /** A request that cannot be answered, in words for whoever sent it. */
  private static final class BadRequest extends Exception {
    BadRequest(String message) {
      super(message);
    }
  }

  private LanguageServer(HttpServer server, LanguageModel sold, Speaker speaker) {
    this.server = server;
    this.threads = Executors.newVirtualThreadPerTaskExecutor();
    this.sold = sold;
    this.speaker = speaker;
  }

  /** An honest one: it writes and scores with the model that it sells. */
  public static LanguageServer start(int port, LanguageModel model) {
    return start(port, model, new Speaker(model, model));
  }

  /**
   * @param port 0 for a free one
   * @param sold what it says that it runs
   * @param speaker what it does run
   */
  public static LanguageServer start(int port, LanguageModel sold, Speaker speaker) {
    try {
      var http =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
      var server = new LanguageServer(http, sold, speaker);
      http.setExecutor(server.threads);
      http.createContext("/", server::answer);
      http.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException("no port " + port + " for a language model", e);
    }
  }

  public URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      try {
        route(exchange);
      } catch (BadRequest refused) {
        send(exchange, 400, error(String.valueOf(refused.getMessage())));
      } catch (JacksonException noJson) {
        send(exchange, 400, error("The body is not JSON."));
      }
    }
  }

  private void route(HttpExchange exchange) throws IOException, BadRequest {
    String asked = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
    switch (asked) {
      case "GET /v1/models" -> send(exchange, 200, models());
      case "POST /v1/chat/completions" -> chat(exchange, body(exchange));
      case "POST /v1/completions" -> send(exchange, 200, complete(body(exchange)));
      case "POST /tokenize" -> send(exchange, 200, tokenize(body(exchange)));
      case "POST /detokenize" -> send(exchange, 200, detokenize(body(exchange)));
      default -> send(exchange, 404, error("There is nothing at " + asked + "."));
    }
  }

  private static JsonNode body(HttpExchange exchange) throws IOException, BadRequest {
    byte[] bytes = exchange.getRequestBody().readNBytes(LARGEST_BODY + 1);
    if (bytes.length > LARGEST_BODY) {
      throw new BadRequest("The body is longer than %d bytes.".formatted(LARGEST_BODY));
    }
    return JSON.readTree(bytes);
  }

  private static void send(HttpExchange exchange, int status, Object answer) throws IOException {
    byte[] bytes = JSON.writeValueAsBytes(answer);
    exchange.getResponseHeaders().set("content-type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private static Map<String, Object> error(String message) {
    return Map.of("error", Map.of("message", message, "type", "invalid_request_error"));
  }

  private Map<String, Object> models() {
    return Map.of(
        "object",
        "list",
        "data",
        List.of(
            Map.of(
                "id",
                LanguageModel.NAME,
                "object",
                "model",
                "created",
                0,
                "owned_by",
                "assay",
                "root",
                sold.description(),
                "max_model_len",
                LanguageModel.CONTEXT)));
  }

  // --- Chat --------------------------------------------------------------------------------------

  /**
   * What is asked of a completion.
   *
   * @param listed how many of the likeliest tokens are listed beside each; −1 if no logprobs are
   *     wanted at all
   * @param isOfIds whether tokens are told as ids, as vLLM tells them
   */
  private record Wanted(
      List<Integer> prompt,
      int maxTokens,
      double temperature,
      long seed,
      List<String> stops,
      int listed,
      boolean isOfIds,
      boolean isStream) {
    Sampling sampling() {
      return new Sampling(maxTokens, temperature, seed, Math.max(0, listed));
    }
  }

  private void chat(HttpExchange exchange, JsonNode asked) throws IOException, BadRequest {
    checkModel(asked);
    Wanted wanted = wanted(asked, prompt(asked));
    if (wanted.prompt.size() + wanted.maxTokens > LanguageModel.CONTEXT) {
      throw new BadRequest(
          "The context is %d tokens; the prompt has %d, and max_tokens is %d."
              .formatted(LanguageModel.CONTEXT, wanted.prompt.size(), wanted.maxTokens));
    }
    if (!wanted.isStream) {
      List<Spoken> spoken = new ArrayList<>();
      String finish = speak(wanted, spoken, _ -> {});
      send(exchange, 200, completion(wanted, spoken, finish));
      return;
    }
    exchange.getResponseHeaders().set("content-type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    stream(exchange.getResponseBody(), wanted);
  }

  private void stream(OutputStream out, Wanted wanted) throws IOException {
    List<Spoken> spoken = new ArrayList<>();
    try {
      String finish =
          speak(
              wanted,
              spoken,
              token -> {
                var delta = Map.of("content", text(List.of(token)));
                write(out, chunk(List.of(choice(wanted, "delta", delta, List.of(token), null))));
              });
      write(out, chunk(List.of(choice(wanted, "delta", Map.of(), List.of(), finish))));
    } catch (UncheckedIOException gone) {
      throw gone.getCause(); // whoever asked hangs up to end the writing
    }
    Map<String, Object> last = chunk(List.of());
    last.put("usage", usage(wanted.prompt.size(), spoken.size()));
    write(out, last);
    out.write("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
  }

  private static void write(OutputStream out, Map<String, Object> event) {
    try {
      out.write(
          ("data: " + JSON.writeValueAsString(event) + "\n\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param spoken is filled
   * @return why it ended
   */
  private String speak(Wanted wanted, List<Spoken> spoken, Consumer<Spoken> heard) {
    boolean isStopped =
        speaker.speak(
            wanted.prompt,
            wanted.sampling(),
            token -> {
              spoken.add(token);
              heard.accept(token);
              return wanted.stops.isEmpty()
                  || wanted.stops.stream().noneMatch(text(spoken)::contains);
            });
    return isStopped || spoken.size() < wanted.maxTokens ? "stop" : "length";
  }

  private Map<String, Object> completion(Wanted wanted, List<Spoken> spoken, String finish) {
    String text = text(spoken);
    for (String stop : wanted.stops) {
      text = text.contains(stop) ? text.substring(0, text.indexOf(stop)) : text;
    }
    Map<String, Object> answer = chunk(List.of());
    answer.put("object", "chat.completion");
    answer.put(
        "choices",
        List.of(
            choice(
                wanted, "message", Map.of("role", "assistant", "content", text), spoken, finish)));
    answer.put("usage", usage(wanted.prompt.size(), spoken.size()));
    return answer;
  }

  private static Map<String, Object> chunk(List<Object> choices) {
    Map<String, Object> chunk = new LinkedHashMap<>();
    chunk.put("id", "chatcmpl-tiny");
    chunk.put("object", "chat.completion.chunk");
    chunk.put("created", 0);
    chunk.put("model", LanguageModel.NAME);
    chunk.put("choices", choices);
    return chunk;
  }

  private Map<String, Object> choice(
      Wanted wanted,
      String member,
      Map<String, String> said,
      List<Spoken> spoken,
      @Nullable String finish) {
    Map<String, Object> choice = new LinkedHashMap<>();
    choice.put("index", 0);
    choice.put(member, said);
    if (wanted.listed >= 0 && !spoken.isEmpty()) {
      choice.put(
          "logprobs",
          Map.of("content", spoken.stream().map(token -> logprob(wanted, token)).toList()));
    }
    choice.put("finish_reason", finish);
    return choice;
  }

  private Map<String, Object> logprob(Wanted wanted, Spoken token) {
    Map<String, Object> entry = named(wanted, token.chosen());
    entry.put("top_logprobs", token.likeliest().stream().map(t -> named(wanted, t)).toList());
    return entry;
  }

  private Map<String, Object> named(Wanted wanted, Scored scored) {
    String text = vocabulary().decode(List.of(scored.token()));
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("token", wanted.isOfIds ? "token_id:" + scored.token() : text);
    entry.put("logprob", (float) scored.logprob());
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] numbers = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      numbers[i] = bytes[i] & 0xFF;
    }
    entry.put("bytes", numbers);
    return entry;
  }

  private String text(List<Spoken> spoken) {
    return vocabulary().decode(spoken.stream().map(token -> token.chosen().token()).toList());
  }

  private static Map<String, Object> usage(int prompt, int completion) {
    return Map.of(
        "prompt_tokens",
        prompt,
        "completion_tokens",
        completion,
        "total_tokens",
        prompt + completion);
  }

  // --- Scoring -----------------------------------------------------------------------------------

  /** What the model thinks of a prompt's tokens, and one token or none more. */
  private Map<String, Object> complete(JsonNode asked) throws BadRequest {
    checkModel(asked);
    List<Integer> prompt = ids(asked.path("prompt"), "prompt");
    int listed = whole(asked, "prompt_logprobs", -1, 0, MOST_LISTED);
    Wanted wanted = wanted(asked, prompt);
    JsonNode allowed = asked.path("allowed_token_ids");
    List<Integer> said = new ArrayList<>();
    String finish;
    if (allowed.isMissingNode()) {
      List<Spoken> spoken = new ArrayList<>();
      finish = speak(wanted, spoken, _ -> {});
      spoken.forEach(token -> said.add(token.chosen().token()));
    } else {
      List<Integer> only = ids(allowed, "allowed_token_ids");
      if (only.size() != 1 || wanted.maxTokens != 1) {
        throw new BadRequest("This runtime takes one allowed token, for one token.");
      }
      said.addAll(only);
      finish = only.getFirst() == Vocabulary.END ? "stop" : "length";
    }
    Map<String, Object> choice = new LinkedHashMap<>();
    choice.put("index", 0);
    choice.put("text", vocabulary().decode(said));
    choice.put("finish_reason", finish);
    if (listed >= 0) {
      choice.put("prompt_logprobs", promptLogprobs(prompt, listed));
    }
    return Map.of(
        "id",
        "cmpl-tiny",
        "object",
        "text_completion",
        "created",
        0,
        "model",
        LanguageModel.NAME,
        "choices",
        List.of(choice),
        "usage",
        usage(prompt.size(), said.size()));
  }

  /** One a token; the first is null, for nothing stands before it. */
  private List<@Nullable Map<String, Object>> promptLogprobs(List<Integer> prompt, int listed) {
    List<@Nullable Map<String, Object>> all = new ArrayList<>();
    all.add(null);
    for (Spoken token : speaker.score(prompt, listed).subList(1, prompt.size())) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put(String.valueOf(token.chosen().token()), promptLogprob(token.chosen()));
      token
          .likeliest()
          .forEach(other -> entry.put(String.valueOf(other.token()), promptLogprob(other)));
      all.add(entry);
    }
    return all;
  }

  private Map<String, Object> promptLogprob(Scored scored) {
    return Map.of(
        "logprob",
        (float) scored.logprob(),
        "decoded_token",
        vocabulary().decode(List.of(scored.token())));
  }

  private Map<String, Object> tokenize(JsonNode asked) throws BadRequest {
    List<Integer> tokens =
        asked.path("messages").isArray()
            ? prompt(asked)
            : vocabulary().encode(asked.path("prompt").asString(""));
    return Map.of("count", tokens.size(), "max_model_len", LanguageModel.CONTEXT, "tokens", tokens);
  }

  private Map<String, Object> detokenize(JsonNode asked) throws BadRequest {
    return Map.of("prompt", vocabulary().decode(ids(asked.path("tokens"), "tokens")));
  }

  // --- What was asked ----------------------------------------------------------------------------

  private Vocabulary vocabulary() {
    return sold.vocabulary();
  }

  private static void checkModel(JsonNode asked) throws BadRequest {
    if (!asked.path("model").asString("").equals(LanguageModel.NAME)) {
      throw new BadRequest("model is %s.".formatted(LanguageModel.NAME));
    }
  }

  /** The conversation in one run: the model goes on with what was said last. */
  private List<Integer> prompt(JsonNode asked) throws BadRequest {
    List<String> contents = new ArrayList<>();
    for (JsonNode message : asked.path("messages")) {
      if (!message.path("content").isString()) {
        throw new BadRequest("A message has a text as its content.");
      }
      contents.add(message.path("content").asString().strip());
    }
    List<Integer> tokens = vocabulary().encode(String.join(" ", contents));
    if (tokens.isEmpty()) {
      throw new BadRequest("messages say something.");
    }
    return tokens;
  }

  private static Wanted wanted(JsonNode asked, List<Integer> prompt) throws BadRequest {
    boolean isLogprobs = asked.path("logprobs").asBoolean(false);
    int maxTokens = whole(asked, "max_tokens", DEFAULT_TOKENS, 1, LanguageModel.CONTEXT);
    JsonNode temperature = asked.path("temperature");
    double degrees = temperature.isNumber() ? temperature.asDouble() : 1;
    if (!(degrees >= 0 && degrees <= 2)) {
      throw new BadRequest("temperature is 0 to 2.");
    }
    List<String> stops = new ArrayList<>();
    JsonNode stop = asked.path("stop");
    if (stop.isString()) {
      stops.add(stop.asString());
    }
    stop.forEach(each -> stops.add(each.asString("")));
    stops.removeIf(String::isEmpty);
    return new Wanted(
        prompt,
        maxTokens,
        degrees,
        whole(asked, "seed", 0, Integer.MIN_VALUE, Integer.MAX_VALUE),
        stops,
        isLogprobs ? whole(asked, "top_logprobs", 0, 0, MOST_LISTED) : -1,
        asked.path("return_tokens_as_token_ids").asBoolean(false),
        asked.path("stream").asBoolean(false));
  }

  private static int whole(JsonNode asked, String member, int otherwise, int least, int most)
      throws BadRequest {
    JsonNode number = asked.path(member);
    if (number.isMissingNode() || number.isNull()) {
      return otherwise;
    }
    if (!number.isIntegralNumber()
        || !number.canConvertToInt()
        || number.asInt() < least
        || number.asInt() > most) {
      throw new BadRequest("%s is %d to %d.".formatted(member, least, most));
    }
    return number.asInt();
  }

  private List<Integer> ids(JsonNode array, String member) throws BadRequest {
    List<Integer> ids = new ArrayList<>();
    for (JsonNode id : array) {
      if (!id.isIntegralNumber()
          || !id.canConvertToInt()
          || id.asInt() < 0
          || id.asInt() >= vocabulary().size()) {
        throw new BadRequest("%s are ids of tokens.".formatted(member));
      }
      ids.add(id.asInt());
    }
    if (ids.isEmpty()) {
      throw new BadRequest("%s is an array of ids of tokens.".formatted(member));
    }
    return ids;
  }
}
