package dev.assay.agent.market;

import dev.assay.agent.market.Reply.Answered;
import dev.assay.agent.market.Reply.Deferred;
import dev.assay.agent.market.Reply.Refused;
import dev.assay.agent.market.Reply.SignedOut;
import dev.assay.json.RequiredMembers;
import dev.assay.protocol.PersonalMessage;
import dev.assay.protocol.SignInMessage;
import dev.assay.protocol.Signer;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Heartbeat;
import dev.assay.protocol.wire.HeartbeatAnswer;
import dev.assay.protocol.wire.LeaseAnswer;
import dev.assay.protocol.wire.LeaseRequest;
import dev.assay.protocol.wire.OfferBook;
import dev.assay.protocol.wire.ResultAnswers;
import dev.assay.protocol.wire.ResultBatch;
import dev.assay.protocol.wire.SessionAnswer;
import dev.assay.protocol.wire.SessionRequest;
import dev.assay.protocol.wire.StreamAnswer;
import dev.assay.protocol.wire.VerdictRequests;
import dev.assay.protocol.wire.VerdictVote;
import dev.assay.protocol.wire.WorkerAccount;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/**
 * The market, as a worker sees it: {@code /worker/v1} and what it must know before. Whatever the
 * other side sends, the answer is a {@link Reply}; nothing it sends is trusted to be short,
 * printable or JSON.
 */
public final class Market implements AutoCloseable {
  static final String STATEMENT = "Sign in to work at this market. No money moves.";

  /** How long a question for work may be parked by the market. */
  public static final Duration LONGEST_WAIT = Duration.ofSeconds(25);

  /** Beyond the market's own wait: what the network may take before we give up on the answer. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final int LARGEST_SMALL = 64 * 1024;
  private static final int LARGEST_LIST = 1024 * 1024;

  /** Inputs come with leases. More than this is nobody's honest job. */
  private static final int LARGEST_WORK = 40 * 1024 * 1024;

  private static final int MAX_REQUEST_ID_LENGTH = 64;

  private final URI address;
  private final String agentVersion;
  private final Clock clock;
  private final RandomGenerator chance;
  private final Duration wait;
  private final Duration grace;
  private final HttpLink http;
  private final JsonMapper json;
  private final JsonMapper lenient;

  /**
   * @param address absolute, {@code http} or {@code https}, without query and fragment
   * @param agentVersion what the agent calls itself
   */
  public Market(URI address, String agentVersion, Clock clock, RandomGenerator chance) {
    this(address, agentVersion, clock, chance, LONGEST_WAIT, GRACE);
  }

  Market(
      URI address,
      String agentVersion,
      Clock clock,
      RandomGenerator chance,
      Duration wait,
      Duration grace) {
    this.address = address;
    this.agentVersion = agentVersion;
    this.chance = chance;
    this.clock = clock;
    this.wait = wait;
    this.grace = grace;
    this.http = new HttpLink(address, CONNECT_TIMEOUT);
    this.lenient =
        JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .addModule(MarketInstants.module())
            // Jackson would take a number for a text.
            .withCoercionConfig(
                LogicalType.Textual,
                config ->
                    config
                        .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build();
    this.json = lenient.rebuild().addModule(RequiredMembers.module()).build();
  }

  /** Where the market's money is. */
  public Reply<MarketTerms> terms() throws InterruptedException {
    return ask(get("/api/market"), LARGEST_SMALL, grace, MarketTerms.class);
  }

  /** The models that this market knows. */
  public Reply<List<KnownModel>> models() throws InterruptedException {
    return ask(get("/api/models"), LARGEST_LIST, grace, ModelList.class).map(ModelList::data);
  }

  private record ModelList(List<KnownModel> data) {
    @SuppressWarnings("UnusedMethod") // by Jackson
    private ModelList {
      data = List.copyOf(data);
    }
  }

  private record Nonce(String nonce) {}

  /** Signs in with a session key, for as long as the answer says. */
  public Reply<SessionAnswer> signIn(Signer sessionKey, long chainId) throws InterruptedException {
    Reply<Nonce> reply =
        ask(post("/api/auth/siwe/nonce", null, "{}"), LARGEST_SMALL, grace, Nonce.class);
    if (!(reply instanceof Answered<Nonce>(Nonce(String nonce), var id))) {
      return reply.map(Market::unreachable);
    }
    String text =
        new SignInMessage(address, sessionKey.address(), STATEMENT, chainId, nonce, clock.instant())
            .text();
    var request = new SessionRequest(text, PersonalMessage.sign(text, sessionKey).toString());
    return ask(
        post("/worker/v1/sessions", null, json.writeValueAsString(request)),
        LARGEST_SMALL,
        grace,
        SessionAnswer.class);
  }

  /** Replaces what the worker sells. */
  public Reply<OfferBook> offer(String token, OfferBook book) throws InterruptedException {
    var request = question("PUT", "/worker/v1/offers", token, bytes(book));
    return ask(request, LARGEST_LIST, grace, OfferBook.class);
  }

  /** Parks until the market has an answer, at most {@link #LONGEST_WAIT} and the network's time. */
  public Reply<LeaseAnswer> askForWork(String token, LeaseRequest question, Traceparent trace)
      throws InterruptedException {
    String path = "/worker/v1/leases?wait=" + wait.toSeconds() + "s";
    var request = question("POST", path, token, trace, bytes(question));
    return ask(request, LARGEST_WORK, wait.plus(grace), LeaseAnswer.class)
        .map(answer ->
            new LeaseAnswer(
                answer.leases(),
                ForeignText.oneLine(answer.idleBecause()),
                answer.skipped(),
                answer.serverTime()));
  }

  /** Sends finished attempts. */
  public Reply<ResultAnswers> submit(String token, ResultBatch batch) throws InterruptedException {
    var request = post("/worker/v1/results", token, bytes(batch));
    return ask(request, LARGEST_LIST, grace, ResultAnswers.class);
  }

  /**
   * Brings the output of an attempt to the market while it is made.
   *
   * @param lines {@code OutputPiece}s, one a line; reading may block
   * @param patience for all of it
   */
  public Reply<StreamAnswer> stream(
      String token, AttemptRef attempt, InputStream lines, Duration patience)
      throws InterruptedException {
    String path = "/worker/v1/attempts/%s/%d/stream".formatted(attempt.jobId(), attempt.attempt());
    var question = question("POST", path, token, null).with("content-type", "application/x-ndjson");
    try {
      return read(http.upload(question, lines, LARGEST_SMALL, patience), StreamAnswer.class);
    } catch (IOException e) {
      return new Deferred<>(inWords(e), Duration.ZERO, null);
    }
  }

  public Reply<HeartbeatAnswer> beat(String token, Heartbeat heartbeat)
      throws InterruptedException {
    var request = post("/worker/v1/heartbeat", token, bytes(heartbeat));
    return ask(request, LARGEST_SMALL, grace, HeartbeatAnswer.class);
  }

  /** The answer has no content, and neither has a reply to it. */
  public Reply<Object> handBack(String token, HandBack handBack) throws InterruptedException {
    return ask(
        post("/worker/v1/hand-backs", token, bytes(handBack)), LARGEST_SMALL, grace, Object.class);
  }

  /** What the worker is asked to judge, as a member of committees. */
  public Reply<VerdictRequests> verdicts(String token) throws InterruptedException {
    var request = question("GET", "/worker/v1/verdicts", token, null);
    return ask(request, LARGEST_WORK, grace, VerdictRequests.class);
  }

  /** Sends a verdict; the answer has no content, and neither has a reply to it. */
  public Reply<Object> vote(String token, VerdictVote vote) throws InterruptedException {
    return ask(post("/worker/v1/verdicts", token, bytes(vote)), LARGEST_SMALL, grace, Object.class);
  }

  public Reply<WorkerAccount> account(String token) throws InterruptedException {
    var request = question("GET", "/worker/v1/account", token, null);
    return ask(request, LARGEST_SMALL, grace, WorkerAccount.class);
  }

  /** Looks whether a market answers at all, without asking it for anything. */
  public Reachability probe() throws InterruptedException {
    try {
      HttpLink.Answer answer = http.exchange(get("/api/market"), LARGEST_SMALL, grace);
      if (requestId(answer) == null
          || !(read(answer, MarketTerms.class) instanceof Answered<MarketTerms>)) {
        return new Reachability.NotAMarket(answer.status());
      }
      return new Reachability.Reachable(clockAhead(answer));
    } catch (IOException e) {
      return new Reachability.Unreachable(inWords(e));
    }
  }

  public URI address() {
    return address;
  }

  /** Ends what is under way; nobody may be parked in {@link #askForWork} any more. */
  @Override
  public void close() {
    http.close();
  }

  private HttpLink.Question get(String path) {
    return question("GET", path, null, null);
  }

  private HttpLink.Question post(String path, @Nullable String token, String body) {
    return post(path, token, body.getBytes(StandardCharsets.UTF_8));
  }

  private HttpLink.Question post(String path, @Nullable String token, byte[] body) {
    return question("POST", path, token, body);
  }

  private HttpLink.Question question(
      String method, String path, @Nullable String token, byte @Nullable [] body) {
    return question(method, path, token, Traceparent.startedBy(chance), body);
  }

  private HttpLink.Question question(
      String method,
      String path,
      @Nullable String token,
      Traceparent trace,
      byte @Nullable [] body) {
    Map<String, String> headers = new HashMap<>();
    headers.put("content-type", "application/json");
    headers.put("accept", "application/json, application/problem+json");
    headers.put("user-agent", agentVersion);
    headers.put("traceparent", trace.header());
    if (token != null) {
      headers.put("authorization", "Bearer " + token);
    }
    String base = address.getRawPath() == null ? "" : address.getRawPath();
    String below = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
    return new HttpLink.Question(method, below + path, headers, body);
  }

  private byte[] bytes(Object body) {
    return json.writeValueAsBytes(body);
  }

  private <T> Reply<T> ask(
      HttpLink.Question question, int largest, Duration patience, Class<T> type)
      throws InterruptedException {
    try {
      return read(http.exchange(question, largest, patience), type);
    } catch (IOException e) {
      return new Deferred<>(inWords(e), Duration.ZERO, null);
    }
  }

  private <T> Reply<T> read(HttpLink.Answer response, Class<T> type) {
    int status = response.status();
    String requestId = requestId(response);
    if (status == 204 && type == Object.class) {
      return new Answered<>(type.cast(status), requestId);
    }
    if (status == 200) {
      return readAnswer(response.body(), type, requestId);
    }
    if (status >= 300 && status < 400) {
      return new Refused<>(
          "The market answers %d, a redirection%s. Give its final address with --market."
              .formatted(
                  status,
                  response
                      .header("location")
                      .map(to -> " to " + ForeignText.oneLine(to))
                      .orElse("")),
          false,
          "",
          requestId);
    }
    Optional<JsonNode> problem = readProblem(response);
    if (status == 401) {
      return new SignedOut<>(problem.map(Market::describe).orElse("no reason given"), requestId);
    }
    Duration notBefore =
        response
            .header("retry-after")
            .map(header -> RetryAfter.parse(header, clock.instant()))
            .orElse(Duration.ZERO);
    if (isRetryable(status, problem)) {
      return new Deferred<>(
          "it answered %d%s"
              .formatted(status, problem.map(p -> " (" + describe(p) + ")").orElse("")),
          notBefore,
          requestId);
    }
    return new Refused<>(
        problem
            .map(p -> describe(p) + " (HTTP " + status + ")")
            .orElse(
                "It answered HTTP %d without saying why; is %s the address of an Assay market?"
                    .formatted(status, address)),
        problem.isPresent(),
        problem.map(p -> code(p.path("type").asString(""))).orElse(""),
        requestId);
  }

  private <T> Reply<T> readAnswer(byte[] body, Class<T> type, @Nullable String requestId) {
    try {
      // Terms have members that a market may leave out, and look at the others themselves.
      T answer = (type == MarketTerms.class ? lenient : json).readValue(body, type);
      if (answer != null) {
        return new Answered<>(answer, requestId);
      }
    } catch (JacksonException notAnAnswer) {
      // Told below, as any other shape is.
    }
    return new Deferred<>(
        "its answer is not what a market of this version sends", Duration.ZERO, requestId);
  }

  /** What follows the last separator of a problem's type. */
  private static String code(String type) {
    return ForeignText.oneLine(
        type.substring(Math.max(type.lastIndexOf('#'), type.lastIndexOf('/')) + 1));
  }

  private static SessionAnswer unreachable(Object never) {
    throw new IllegalStateException("an answer was read as none");
  }

  private Optional<JsonNode> readProblem(HttpLink.Answer response) {
    boolean declared =
        response
            .header("content-type")
            .filter(type -> type.startsWith("application/problem+json"))
            .isPresent();
    if (!declared) {
      return Optional.empty();
    }
    try {
      return Optional.of(json.readTree(response.body())).filter(JsonNode::isObject);
    } catch (JacksonException notJson) {
      return Optional.empty();
    }
  }

  /** What the problem says of itself counts; a silent one is judged by its status (RFC 9110). */
  private static boolean isRetryable(int status, Optional<JsonNode> problem) {
    boolean byStatus =
        status == 408 || status == 425 || status == 429 || status >= 500 || status < 200;
    boolean bySelf = problem.map(p -> p.path("retryable").asBoolean(false)).orElse(false);
    return byStatus || bySelf;
  }

  private static String describe(JsonNode problem) {
    List<String> sentences = new ArrayList<>(2);
    for (String member : List.of("title", "detail")) {
      String text = ForeignText.oneLine(problem.path(member).asString(""));
      if (!text.isEmpty()) {
        sentences.add(text.endsWith(".") ? text : text + ".");
      }
    }
    return sentences.isEmpty() ? "no reason given" : String.join(" ", sentences);
  }

  private static @Nullable String requestId(HttpLink.Answer answer) {
    return answer
        .header("x-request-id")
        .map(ForeignText::oneLine)
        .filter(id -> id.length() <= MAX_REQUEST_ID_LENGTH)
        .orElse(null);
  }

  private @Nullable Duration clockAhead(HttpLink.Answer answer) {
    Optional<String> date = answer.header("date");
    if (date.isEmpty()) {
      return null;
    }
    try {
      Instant theirs =
          ZonedDateTime.parse(date.get(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Duration.between(theirs, clock.instant());
    } catch (DateTimeException malformed) {
      return null;
    }
  }

  private static String inWords(IOException e) {
    return switch (e) {
      case HttpLink.NoConnection late -> String.valueOf(late.getMessage());
      case HttpLink.TooLate late -> "no answer in time";
      case UnknownHostException unknown -> "its host name is not known";
      case ConnectException refused -> "the connection is refused";
      case SSLException tls -> "no trusted TLS connection: " + ForeignText.oneLine(tls.toString());
      default -> "the connection broke: " + ForeignText.oneLine(e.toString());
    };
  }
}
