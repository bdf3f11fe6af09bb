package dev.assay.agent.backend;

import dev.assay.agent.market.Http;
import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.ChatOutput.FinishReason;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.JobKind;
import dev.assay.protocol.content.ModelManifest;
import dev.assay.protocol.content.ModelManifest.ModelFile;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.TokenTrace;
import dev.assay.protocol.verification.Calibration;
import dev.assay.protocol.verification.VerificationMethod.LogprobSpot;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A runtime of the provider that speaks the HTTP of OpenAI: Ollama, llama.cpp's server, vLLM, LM
 * Studio. It is on the provider's own machine, and yet nothing it sends is trusted to be short.
 *
 * <p>What a model is, is known as well as the runtime tells it. Ollama names the SHA-256 of a
 * model's manifest, which covers weights, template and parameters. The others name no digest; for
 * them it is taken of what they say of the model, which is weaker: two files of one name and size
 * are one model.
 */
public final class OpenAiRuntime implements InferenceBackend {
  /** Ollama, llama.cpp's server, vLLM, LM Studio. */
  public static final List<URI> USUAL_PLACES =
      List.of(
          URI.create("http://127.0.0.1:11434"),
          URI.create("http://127.0.0.1:8080"),
          URI.create("http://127.0.0.1:8000"),
          URI.create("http://127.0.0.1:1234"));

  private static final Duration LOOK = Duration.ofSeconds(2);

  /** Between two pieces of an answer; long prompts take long before the first. */
  private static final Duration SILENCE = Duration.ofMinutes(5);

  private static final int LARGEST_LIST = 1024 * 1024;
  private static final int LARGEST_ANSWER = 64 * 1024 * 1024;
  private static final int DEFAULT_CONTEXT = 4096;
  private static final Pattern SHA256 = Pattern.compile("(?:sha256:)?([0-9a-f]{64})");
  private static final Pattern EMBEDS =
      Pattern.compile("(^|[^a-z])(embed|bge|gte|e5|minilm)|embedding|nomic-embed");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final URI address;
  private final String product;
  private final HttpClient http;
  private final Map<Digest, Served> served;

  /**
   * A model here.
   *
   * @param id what the runtime calls it
   * @param isTraced whether its answers are checked by what it thinks of each token, which the
   *     runtime tells
   */
  private record Served(ServedModel model, String id, boolean isTraced) {}

  /** What a look at an address found. */
  public sealed interface Probe {
    record Found(OpenAiRuntime runtime) implements Probe {}

    /**
     * @param why as the middle of a sentence
     */
    record Absent(String why) implements Probe {}
  }

  private OpenAiRuntime(URI address, String product, HttpClient http, Map<Digest, Served> served) {
    this.address = address;
    this.product = product;
    this.http = http;
    this.served = Map.copyOf(served);
  }

  /** Looks for a runtime; one that has no model counts as absent. */
  public static Probe probe(URI address) throws InterruptedException {
    if (!isListenedAt(address)) {
      return new Probe.Absent("nothing there answers as OpenAI does");
    }
    HttpClient http = Http.client(address, LOOK);
    boolean isFound = false;
    try {
      JsonNode models = list(http, at(address, "/v1/models")).path("data");
      Optional<JsonNode> tags = lookAt(http, at(address, "/api/tags"));
      Map<Digest, Served> served = new LinkedHashMap<>();
      Map<String, JsonNode> tagged = new HashMap<>();
      tags.ifPresent(
          t -> t.path("models").forEach(m -> tagged.put(m.path("name").asString(""), m)));
      for (JsonNode model : models) {
        String id = model.path("id").asString("");
        Optional<ModelManifest> manifest = manifest(http, address, id, model, tagged.get(id));
        boolean isTraced =
            manifest
                .flatMap(known -> Calibration.of(known.digest(), ProfileClass.LLM))
                .filter(known -> known.method() instanceof LogprobSpot)
                .isPresent();
        // Without what it thinks of its tokens its answers would all be found wanting.
        if (manifest.isPresent() && (!isTraced || TokenScores.areTold(http, address, id))) {
          served.putIfAbsent(
              manifest.get().digest(),
              new Served(new ServedModel(manifest.get(), ProfileClass.LLM), id, isTraced));
        }
      }
      if (served.isEmpty()) {
        return new Probe.Absent("it answers, but has no model");
      }
      isFound = true;
      String product =
          tags.isPresent() ? "Ollama" : product(models.path(0).path("owned_by").asString(""));
      return new Probe.Found(new OpenAiRuntime(address, product, http, served));
    } catch (IOException | JacksonException e) {
      return new Probe.Absent("nothing there answers as OpenAI does");
    } finally {
      if (!isFound) {
        http.shutdownNow();
      }
    }
  }

  /** A look that costs nothing: the client for HTTP is loaded only where somebody may answer. */
  private static boolean isListenedAt(URI address) {
    int usual = "https".equalsIgnoreCase(address.getScheme()) ? 443 : 80;
    try (var socket = new Socket()) {
      int port = address.getPort() > 0 ? address.getPort() : usual;
      socket.connect(new InetSocketAddress(address.getHost(), port), (int) LOOK.toMillis());
      return true;
    } catch (IOException nobody) {
      return false;
    }
  }

  @Override
  public String name() {
    return product + " at " + address;
  }

  @Override
  public List<ServedModel> models() {
    return served.values().stream().map(Served::model).toList();
  }

  @Override
  public Set<Digest> ready() throws InterruptedException {
    if (!isListenedAt(address)) {
      return Set.of();
    }
    try {
      Set<String> listed = new HashSet<>();
      list(http, at(address, "/v1/models"))
          .path("data")
          .forEach(model -> listed.add(model.path("id").asString("")));
      return served.entrySet().stream()
          .filter(entry -> listed.contains(entry.getValue().id))
          .map(Map.Entry::getKey)
          .collect(Collectors.toSet());
    } catch (IOException | JacksonException e) {
      return Set.of();
    }
  }

  @Override
  public Answer run(Digest model, JobInput input, OutputListener listener)
      throws BackendFailure, InterruptedException {
    Served known = served.get(model);
    if (known == null) {
      throw new BackendFailure("The runtime does not have that model.");
    }
    try {
      return switch (input) {
        case EmbeddingsInput embeddings -> embed(known.id, embeddings);
        case ChatInput chat when chat.forcedTokens() != null -> forced(known, chat, listener);
        case ChatInput chat -> chat(known, chat, listener);
      };
    } catch (IOException e) {
      throw new BackendFailure("The runtime broke off its answer.", e);
    } catch (JacksonException e) {
      throw new BackendFailure("The runtime answered with something that is no JSON.", e);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }

  private Answer embed(String id, EmbeddingsInput input)
      throws BackendFailure, IOException, InterruptedException {
    JsonNode answer =
        JSON.readTree(
            whole(
                post(
                    "/v1/embeddings",
                    Map.of("model", id, "input", input.texts(), "encoding_format", "float"))));
    JsonNode data = answer.path("data");
    if (data.size() != input.texts().size()) {
      throw new BackendFailure("The runtime gave another number of vectors than texts.");
    }
    List<float[]> vectors = new ArrayList<>();
    for (int i = 0; i < data.size(); i++) {
      vectors.add(vector(at(data, i)));
    }
    long tokens = usage(answer, "prompt_tokens");
    try {
      int dimensions = vectors.getFirst().length;
      if (vectors.stream().anyMatch(vector -> vector.length != dimensions)) {
        throw new BackendFailure("The runtime gave vectors of different lengths.");
      }
      return new Answer(EmbeddingsOutput.of(vectors), tokens, 0);
    } catch (IllegalArgumentException e) {
      throw new BackendFailure("The runtime gave a vector with numbers that are not finite.", e);
    }
  }

  /** By its own index, which need not be its place. */
  private static JsonNode at(JsonNode data, int index) {
    for (JsonNode item : data) {
      if (item.path("index").asInt(-1) == index) {
        return item;
      }
    }
    return data.path(index);
  }

  private static float[] vector(JsonNode item) throws BackendFailure {
    JsonNode numbers = item.path("embedding");
    float[] vector = new float[numbers.size()];
    if (vector.length == 0) {
      throw new BackendFailure("The runtime gave a vector without numbers.");
    }
    for (int d = 0; d < vector.length; d++) {
      if (!numbers.path(d).isNumber()) {
        throw new BackendFailure("The runtime gave a vector of something else than numbers.");
      }
      vector[d] = (float) numbers.path(d).asDouble();
    }
    return vector;
  }

  private Answer forced(Served known, ChatInput input, OutputListener listener)
      throws BackendFailure, IOException, InterruptedException {
    if (!known.isTraced) {
      throw new BackendFailure("The runtime does not tell what its model thinks of given tokens.");
    }
    Answer answer =
        new TokenScores(known.id, (path, body) -> JSON.readTree(whole(post(path, body)))).of(input);
    if (answer.output() instanceof ChatOutput said && !said.text().isEmpty()) {
      listener.heard(said.text());
    }
    return answer;
  }

  private Answer chat(Served known, ChatInput input, OutputListener listener)
      throws BackendFailure, IOException, InterruptedException {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("model", known.id);
    body.put("messages", messages(input));
    body.put("max_tokens", input.maxTokens());
    body.put("temperature", input.temperatureMilli() / 1000.0);
    body.put("seed", input.seed());
    body.put("stream", true);
    // vLLM counts as it goes if it is asked to; the others ignore it.
    body.put("stream_options", Map.of("include_usage", true, "continuous_usage_stats", true));
    if (known.isTraced) {
      body.put("logprobs", true);
      body.put("top_logprobs", TokenTrace.LISTED);
      body.put("return_tokens_as_token_ids", true);
    }
    ChatStream stream = new ChatStream(listener, known.isTraced);
    try (InputStream lines = open(post("/v1/chat/completions", body))) {
      stream.readAll(lines);
    } catch (InterruptedException | IOException e) {
      boolean isInterrupted = Thread.interrupted() || e instanceof InterruptedException;
      if (isInterrupted && listener.isCancelled()) {
        return stream.cut(input); // closing the stream has told the runtime to stop
      }
      if (isInterrupted && !(e instanceof InterruptedException)) {
        throw new InterruptedException();
      }
      throw e;
    }
    return stream.answer();
  }

  static List<Map<String, String>> messages(ChatInput input) {
    return input.messages().stream()
        .map(m -> Map.of("role", m.role().toString(), "content", m.content()))
        .toList();
  }

  /** Reads server-sent events until {@code [DONE]}. */
  private static final class ChatStream {
    private final OutputListener listener;
    private final boolean isTraced;
    private final List<TokenTrace.Position> positions = new ArrayList<>();
    private final SaidText text = new SaidText();
    private int pieces;
    private @Nullable String finish;
    private long inputUnits = -1;
    private long outputUnits = -1;

    ChatStream(OutputListener listener, boolean isTraced) {
      this.listener = listener;
      this.isTraced = isTraced;
    }

    void readAll(InputStream in) throws IOException, BackendFailure, InterruptedException {
      var line = new java.io.ByteArrayOutputStream();
      long total = 0;
      for (int b = in.read(); b >= 0; b = in.read()) {
        if (++total > LARGEST_ANSWER) {
          throw new BackendFailure("The runtime's answer is too long.");
        }
        if (b != '\n') {
          line.write(b);
          continue;
        }
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        String event = line.toString(StandardCharsets.UTF_8).strip();
        line.reset();
        if (event.equals("data: [DONE]") || event.equals("data:[DONE]")) {
          return;
        }
        if (event.startsWith("data:")) {
          heed(JSON.readTree(event.substring("data:".length())));
        }
      }
    }

    private void heed(JsonNode event) throws BackendFailure {
      if (event.has("error")) {
        throw new BackendFailure("The runtime failed while it answered.");
      }
      JsonNode choice = event.path("choices").path(0);
      String piece = choice.path("delta").path("content").asString("");
      if (!piece.isEmpty()) {
        pieces++;
        String said = text.add(piece);
        if (!said.isEmpty()) {
          listener.heard(said);
        }
      }
      for (JsonNode token : choice.path("logprobs").path("content")) {
        if (isTraced) {
          positions.add(TokenScores.position(token));
        }
      }
      String reason = choice.path("finish_reason").asString("");
      if (!reason.isEmpty()) {
        finish = reason;
      }
      if (event.path("usage").isObject()) {
        inputUnits = usage(event, "prompt_tokens");
        outputUnits = usage(event, "completion_tokens");
      }
    }

    /**
     * What there is. The runtime has not counted yet, unless it does so as it goes: then what is
     * billed is what must have been there at least, a token a piece and a token a message.
     */
    Answer cut(ChatInput input) throws BackendFailure {
      return new Answer(
          new ChatOutput(text.toString(), FinishReason.CANCELLED, trace()),
          Math.max(inputUnits, input.messages().size()),
          isTraced ? positions.size() : Math.max(outputUnits, pieces));
    }

    private @Nullable TokenTrace trace() throws BackendFailure {
      return positions.isEmpty() ? null : TokenScores.trace(positions);
    }

    Answer answer() throws BackendFailure {
      if (finish == null) {
        throw new BackendFailure("The runtime broke off its answer.");
      }
      FinishReason reason =
          switch (finish) {
            case "stop" -> FinishReason.STOP;
            case "length" -> FinishReason.LENGTH;
            default -> throw new BackendFailure("The runtime ended its answer for another reason.");
          };
      if (inputUnits < 0 || outputUnits < 0) {
        throw new BackendFailure(
            "The runtime does not say how many tokens it used; a newer version does.");
      }
      if (isTraced && positions.size() != outputUnits) {
        throw new BackendFailure("The runtime did not tell what its model thinks of each token.");
      }
      return new Answer(new ChatOutput(text.toString(), reason, trace()), inputUnits, outputUnits);
    }
  }

  private static long usage(JsonNode answer, String member) throws BackendFailure {
    JsonNode count = answer.path("usage").path(member);
    if (!count.isIntegralNumber() || !count.canConvertToInt() || count.asInt() < 0) {
      throw new BackendFailure(
          "The runtime does not say how many tokens it used; a newer version does.");
    }
    return count.asInt();
  }

  private HttpRequest post(String path, Map<String, Object> body) {
    return HttpRequest.newBuilder(at(address, path))
        .header("content-type", "application/json")
        .timeout(SILENCE)
        .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
        .build();
  }

  private byte[] whole(HttpRequest request)
      throws BackendFailure, IOException, InterruptedException {
    return succeeded(
        await(
            http.sendAsync(
                request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_ANSWER)),
            SILENCE));
  }

  private InputStream open(HttpRequest request)
      throws BackendFailure, IOException, InterruptedException {
    HttpResponse<InputStream> response =
        await(http.sendAsync(request, BodyHandlers.ofInputStream()), SILENCE);
    try {
      return succeeded(response);
    } catch (BackendFailure e) {
      response.body().close(); // else its connection stays
      throw e;
    }
  }

  private static <T> T succeeded(HttpResponse<T> response) throws BackendFailure {
    if (response.statusCode() != 200) {
      throw new BackendFailure("The runtime answered HTTP %d.".formatted(response.statusCode()));
    }
    return response.body();
  }

  private static <T> HttpResponse<T> await(
      CompletableFuture<HttpResponse<T>> answer, Duration patience)
      throws IOException, InterruptedException {
    try {
      return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException("no answer within " + patience, e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException broken ? broken : new IOException(e.getCause());
    } finally {
      answer.cancel(true);
    }
  }

  // --- What it has
  // --------------------------------------------------------------------------------

  private static JsonNode list(HttpClient http, URI at) throws IOException, InterruptedException {
    return lookAt(http, at).orElseThrow(() -> new IOException("no list of models at " + at));
  }

  private static Optional<JsonNode> lookAt(HttpClient http, URI at)
      throws IOException, InterruptedException {
    return ask(http, HttpRequest.newBuilder(at).GET().build());
  }

  static Optional<JsonNode> ask(HttpClient http, HttpRequest request)
      throws IOException, InterruptedException {
    var response =
        await(
            http.sendAsync(
                request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_LIST)),
            LOOK);
    return response.statusCode() == 200
        ? Optional.of(JSON.readTree(response.body()))
        : Optional.empty();
  }

  private static Optional<ModelManifest> manifest(
      HttpClient http, URI address, String id, JsonNode model, @Nullable JsonNode tag)
      throws IOException, InterruptedException {
    String name = id.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._:/-]", "-");
    var digest = SHA256.matcher(tag == null ? "" : tag.path("digest").asString(""));
    ModelFile file;
    JobKind kind = EMBEDS.matcher(name).find() ? JobKind.EMBEDDINGS : JobKind.CHAT;
    int context = context(model);
    if (tag != null && digest.matches()) {
      file =
          new ModelFile(
              "ollama-manifest", tag.path("size").asLong(0), Digest.parse("0x" + digest.group(1)));
      Optional<JsonNode> shown = show(http, address, id);
      if (shown.isPresent()) {
        kind = kind(shown.get(), kind);
        context = shownContext(shown.get(), context);
      }
    } else {
      file = described(model);
    }
    try {
      return Optional.of(new ModelManifest(name, kind, context, List.of(file)));
    } catch (IllegalArgumentException unnamed) {
      return Optional.empty();
    }
  }

  private static Optional<JsonNode> show(HttpClient http, URI address, String id)
      throws IOException, InterruptedException {
    return ask(
        http,
        HttpRequest.newBuilder(at(address, "/api/show"))
            .header("content-type", "application/json")
            .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(Map.of("model", id))))
            .build());
  }

  private static JobKind kind(JsonNode shown, JobKind guess) {
    boolean embeds = false;
    boolean completes = false;
    for (JsonNode capability : shown.path("capabilities")) {
      embeds |= capability.asString("").equals("embedding");
      completes |= capability.asString("").equals("completion");
    }
    return completes ? JobKind.CHAT : embeds ? JobKind.EMBEDDINGS : guess;
  }

  private static int shownContext(JsonNode shown, int otherwise) {
    for (var member : shown.path("model_info").properties()) {
      if (member.getKey().endsWith(".context_length") && member.getValue().canConvertToInt()) {
        return Math.max(1, member.getValue().asInt());
      }
    }
    return otherwise;
  }

  /** vLLM's and llama.cpp's members. */
  private static int context(JsonNode model) {
    for (JsonNode length :
        List.of(model.path("max_model_len"), model.path("meta").path("n_ctx_train"))) {
      if (length.isIntegralNumber() && length.canConvertToInt() && length.asInt() > 0) {
        return length.asInt();
      }
    }
    return DEFAULT_CONTEXT;
  }

  /** All that stays the same from start to start, one member a line. */
  private static ModelFile described(JsonNode model) throws IOException {
    JsonNode meta = model.path("meta");
    String words =
        """
        id=%s
        root=%s
        owned_by=%s
        n_params=%s
        size=%s
        """
            .formatted(
                model.path("id").asString(""),
                model.path("root").asString(""),
                model.path("owned_by").asString(""),
                meta.path("n_params").asString(""),
                meta.path("size").asString(""));
    byte[] bytes = words.getBytes(StandardCharsets.UTF_8);
    Digest sha256 =
        ModelStore.sha256(new ByteArrayInputStream(bytes), OutputStream.nullOutputStream());
    return new ModelFile("runtime-description", meta.path("size").asLong(0), sha256);
  }

  private static String product(String owner) {
    return switch (owner) {
      case "llamacpp" -> "llama.cpp";
      case "vllm" -> "vLLM";
      default -> "A runtime";
    };
  }

  static URI at(URI address, String path) {
    String base = address.toString();
    return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path);
  }
}
