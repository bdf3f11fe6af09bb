package dev.assay.agent.market;

import dev.assay.agent.market.PollResult.Deferred;
import dev.assay.agent.market.PollResult.Idle;
import dev.assay.agent.market.PollResult.Refused;
import dev.assay.protocol.wire.LeaseAnswer;
import dev.assay.protocol.wire.LeaseRequest;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The market, as a worker sees it: {@code POST /worker/v1/leases}. Whatever the other side sends,
 * the answer is a {@link PollResult}; nothing it sends is trusted to be short, printable or JSON.
 */
public final class Market implements AutoCloseable {
  /** How long a question for work may be parked by the market. */
  public static final Duration LONGEST_WAIT = Duration.ofSeconds(25);

  /** Beyond the market's own wait: what the network may take before we give up on the answer. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final int MAX_BODY_BYTES = 64 * 1024;
  private static final int MAX_REQUEST_ID_LENGTH = 64;

  private final URI address;
  private final Clock clock;
  private final HttpClient http;
  private final JsonMapper json;

  /**
   * @param address absolute, {@code http} or {@code https}, without query and fragment
   */
  public Market(URI address, Clock clock) {
    this.address = address;
    this.clock = clock;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();
    this.json =
        JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .build();
  }

  /** Parks until the market has an answer, at most {@link #LONGEST_WAIT} and the network's time. */
  public PollResult askForWork(LeaseRequest question, Traceparent trace)
      throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(at("/worker/v1/leases?wait=" + LONGEST_WAIT.toSeconds() + "s"))
            .timeout(LONGEST_WAIT.plus(GRACE))
            .header("content-type", "application/json")
            .header("accept", "application/json, application/problem+json")
            .header("user-agent", question.agentVersion())
            .header("traceparent", trace.header())
            .POST(HttpRequest.BodyPublishers.ofByteArray(json.writeValueAsBytes(question)))
            .build();
    try {
      return read(
          http.send(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BODY_BYTES)));
    } catch (IOException e) {
      return new Deferred(inWords(e), Duration.ZERO, null);
    }
  }

  /** Looks whether a market answers at all, without asking it for anything. */
  public Reachability probe() throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(at("/worker/v1/leases")).timeout(GRACE).GET().build();
    try {
      HttpResponse<Void> response = http.send(request, BodyHandlers.discarding());
      if (requestId(response.headers()) == null) {
        return new Reachability.NotAMarket(response.statusCode());
      }
      return new Reachability.Reachable(clockAhead(response.headers()));
    } catch (IOException e) {
      return new Reachability.Unreachable(inWords(e));
    }
  }

  /** Ends what is under way; nobody may be parked in {@link #askForWork} any more. */
  @Override
  public void close() {
    http.shutdownNow();
  }

  private URI at(String path) {
    String base = address.toString();
    return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path);
  }

  private PollResult read(HttpResponse<byte[]> response) {
    int status = response.statusCode();
    String requestId = requestId(response.headers());
    if (status == 200) {
      return readAnswer(response.body(), requestId);
    }
    if (status >= 300 && status < 400) {
      return new Refused(
          "The market answers %d, a redirection%s. Give its final address with --market."
              .formatted(
                  status,
                  response
                      .headers()
                      .firstValue("location")
                      .map(to -> " to " + ForeignText.oneLine(to))
                      .orElse("")),
          requestId);
    }
    Optional<JsonNode> problem = readProblem(response);
    Duration notBefore =
        response
            .headers()
            .firstValue("retry-after")
            .map(header -> RetryAfter.parse(header, clock.instant()))
            .orElse(Duration.ZERO);
    if (isRetryable(status, problem)) {
      return new Deferred(
          "it answered %d%s"
              .formatted(status, problem.map(p -> " (" + describe(p) + ")").orElse("")),
          notBefore,
          requestId);
    }
    return new Refused(
        problem
            .map(p -> describe(p) + " (HTTP " + status + ")")
            .orElse(
                "It answered HTTP %d without saying why; is %s the address of an Assay market?"
                    .formatted(status, address)),
        requestId);
  }

  private PollResult readAnswer(byte[] body, @Nullable String requestId) {
    try {
      LeaseAnswer answer = json.readValue(body, LeaseAnswer.class);
      return new Idle(ForeignText.oneLine(answer.idleBecause()), answer.serverTime(), requestId);
    } catch (JacksonException e) {
      return new Deferred(
          "its answer is not what a market of this version sends", Duration.ZERO, requestId);
    }
  }

  private Optional<JsonNode> readProblem(HttpResponse<byte[]> response) {
    boolean declared =
        response
            .headers()
            .firstValue("content-type")
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

  private static @Nullable String requestId(HttpHeaders headers) {
    return headers
        .firstValue("x-request-id")
        .map(ForeignText::oneLine)
        .filter(id -> id.length() <= MAX_REQUEST_ID_LENGTH)
        .orElse(null);
  }

  private @Nullable Duration clockAhead(HttpHeaders headers) {
    Optional<String> date = headers.firstValue("date");
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
      case HttpConnectTimeoutException timeout ->
          "no connection within " + CONNECT_TIMEOUT.toSeconds() + " s";
      case HttpTimeoutException timeout -> "no answer in time";
      case ConnectException refused when causedByUnknownName(refused) ->
          "its host name is not known";
      case ConnectException refused -> "the connection is refused";
      case SSLException tls -> "no trusted TLS connection: " + ForeignText.oneLine(tls.toString());
      default -> "the connection broke: " + ForeignText.oneLine(e.toString());
    };
  }

  private static boolean causedByUnknownName(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnresolvedAddressException) {
        return true;
      }
    }
    return false;
  }
}
