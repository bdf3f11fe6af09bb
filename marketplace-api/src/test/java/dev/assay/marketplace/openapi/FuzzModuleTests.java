package dev.assay.marketplace.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import dev.assay.marketplace.Http;
import dev.assay.marketplace.MarketModuleTest;
import dev.assay.marketplace.RawHttp;
import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.openapi.ApiDocument.Operation;
import dev.assay.marketplace.openapi.Fuzz.Shot;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.purse.RecordPurse;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Every operation of the document under requests that are meant to break it. {@code
 * -Dassay.fuzz.requests=N} sends as many, {@code -Dassay.fuzz.seed=S} repeats a run, and {@code
 * -Dassay.fuzz.first=K} begins at one of its requests. {@code -Pnightly} sends five million.
 */
@MarketModuleTest
@DirtiesContext // its settings are its own, and each context that is kept holds 20 connections
@TestPropertySource(
    properties = {
      "marketplace.identity.rates.per-address=1000000000",
      "marketplace.identity.rates.failures=1000000000",
      "marketplace.identity.rates.requester=1000000000",
      "marketplace.identity.rates.worker=1000000000",
      "marketplace.admin.rate-per-minute=1000000000"
    })
class FuzzModuleTests {
  private static final boolean NIGHTLY = Boolean.getBoolean("assay.nightly");
  private static final long REQUESTS =
      Long.getLong("assay.fuzz.requests", NIGHTLY ? 5_000_000 : 5_000);
  private static final long FIRST = Long.getLong("assay.fuzz.first", 0);

  /** The same in each build, so that one is refused for what it changed; each night another. */
  private static final long SEED =
      Long.getLong("assay.fuzz.seed", NIGHTLY ? System.nanoTime() % 1_000_000 : 1);

  /** Before it is measured, what is made once has been made. */
  private static final long WARM_UP = 1_000;

  private static final int THREADS = 4;
  private static final Duration LONGEST_ANSWER = Duration.ofSeconds(10);
  private static final int FAULTS_TOLD = 10;

  /**
   * They answer 2xx to whoever has an epoch that is closed, a seat in a committee, a chat's lease a
   * proposal of another operator, a case or a bulk action only: the tests of those have them.
   */
  private static final Set<String> WANT_MORE =
      Set.of(
          "GET /api/epochs/{number}",
          "GET /api/epochs/{number}/leaves",
          "GET /api/epochs/{number}/verifiers",
          "GET /api/jobs/{id}/draw-proof",
          "POST /worker/v1/verdicts",
          "POST /api/admin/parameters/{name}/proposals",
          "POST /api/admin/approvals/{proposal}",
          "GET /api/admin/bulk-actions/{action}",
          "GET /api/admin/cases/{case}",
          "POST /api/admin/withdrawals/{proposal}",
          "POST /worker/v1/attempts/{jobId}/{attempt}/stream");

  private static final Set<ProblemType> OF_WORKERS =
      Set.of(ProblemType.NO_WORKER, ProblemType.DEADLINE_EXCEEDED, ProblemType.PROVIDER_FAILED);

  /** What may stay of any number of requests, and a MB for each minute. */
  private static final long HEAP_BOUND = 48L << 20;

  private static final Pattern OUR_INSIDE =
      Pattern.compile(
          "(?i)exception|dev\\.assay|jackson|jetty|org\\.spring|org\\.postgres|\\bat line\\b|SQL");

  /** Rules between members that no schema says; the sentence says them. */
  private static final Pattern SAID_IN_WORDS =
      Pattern.compile(
          "Say which workers|takes inputs of kind|has a context of|is served on|There are at"
              + " most|bytes of UTF-8|zero address|is nobody|is between|Another than who|signed"
              + " this verdict|Only a chat is streamed|The JSON is deeper");

  private final int port;
  private final World world;
  private final ApiDocument api = ApiDocument.read();
  private final JsonMapper json = JsonMapper.shared();
  private final Set<String> anyProblem;
  private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
  private final LongAdder count = new LongAdder();
  private final LongAdder countTrue = new LongAdder();
  private final Map<Integer, LongAdder> byStatus = new ConcurrentSkipListMap<>();
  private final Map<String, LongAdder> done = new ConcurrentSkipListMap<>();
  private final AtomicLong slowest = new AtomicLong();

  FuzzModuleTests(
      @LocalServerPort int port, @Autowired BoundKeys keys, @Autowired RecordPurse purses) {
    this.port = port;
    this.world = new World(port, keys, purses);
    this.anyProblem =
        OpenApiDocument.GENERAL.stream()
            .map(type -> type.uri().toString())
            .collect(Collectors.toSet());
  }

  @AfterEach
  void leave() {
    world.leave();
  }

  @Test
  void every_answer_is_what_the_document_says_and_none_is_our_fault() throws Exception {
    var fuzz = new Fuzz(world, api, SEED);
    long from = System.nanoTime();
    shoot(fuzz, FIRST, Math.min(WARM_UP, REQUESTS));
    loadsWhatStrictJobsAreReplayedWith();
    long before = heap();
    shoot(fuzz, FIRST + WARM_UP, REQUESTS - WARM_UP);
    long grown = heap() - before;
    var took = Duration.ofNanos(System.nanoTime() - from);

    String report =
        "fuzz: %d requests (%d as the document says) in %d s, seed %d, slowest %d ms, heap %+d KB, statuses %s"
            .formatted(
                count.sum(),
                countTrue.sum(),
                took.toSeconds(),
                SEED,
                slowest.get(),
                grown / 1024,
                byStatus);
    System.out.println(report);
    assertThat(faults).as(report).isEmpty();
    assertThat(grown).as(report).isLessThan(HEAP_BOUND + took.toMinutes() * (1L << 20));
    if (REQUESTS >= 5_000) {
      assertThat(done.keySet())
          .as("operations that have answered 2xx: the others were not reached")
          .containsAll(
              api.operations().stream()
                  .map(Operation::name)
                  .filter(name -> !WANT_MORE.contains(name))
                  .collect(Collectors.toSet()));
    }
  }

  /** A model of ninety megabytes, once: chance decides whether a request before this has. */
  private void loadsWhatStrictJobsAreReplayedWith() {
    var quote =
        Http.send(
            port,
            "POST",
            "/api/quotes",
            world.alice.token(),
            """
            {"model": "all-minilm-l6-v2", "verification": "strict",
             "input": {"kind": "embeddings", "texts": ["a"]}}\
            """);
    assertThat(quote.statusCode()).as(quote.body()).isEqualTo(200);
  }

  private void shoot(Fuzz fuzz, long first, long requests)
      throws InterruptedException, ExecutionException {
    var next = new AtomicLong(first);
    try (var threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        running.add(
            threads.submit(() -> {
              for (long n; (n = next.getAndIncrement()) < first + requests; ) {
                if (faults.size() < FAULTS_TOLD) {
                  shoot(fuzz.shot(n));
                }
              }
            }));
      }
      for (Future<?> one : running) {
        one.get();
      }
    }
  }

  private void shoot(Shot shot) {
    long from = System.nanoTime();
    try {
      var answer = RawHttp.send(port, shot.bytes());
      long millis = Duration.ofNanos(System.nanoTime() - from).toMillis();
      slowest.accumulateAndGet(millis, Math::max);
      count.increment();
      countTrue.add(shot.isTrue() ? 1 : 0);
      byStatus.computeIfAbsent(answer.status(), _ -> new LongAdder()).increment();
      if (answer.status() / 100 == 2 && !shot.isElsewhere()) {
        done.computeIfAbsent(shot.operation().name(), _ -> new LongAdder()).increment();
      }
      fault(shot, answer, millis).ifPresent(fault -> tell(shot, fault, answer.toString()));
    } catch (IOException | RuntimeException | AssertionError e) {
      tell(shot, "it was not answered", e.toString());
    }
  }

  private void tell(Shot shot, String fault, String answer) {
    faults.add(
        "%s\n-Dassay.fuzz.seed=%d -Dassay.fuzz.first=%d, %s (%s)\n%s\n-> %s\n"
            .formatted(
                fault,
                SEED,
                shot.number(),
                shot.operation(),
                shot.what(),
                shot.beginning(),
                answer.length() <= 1_000 ? answer : answer.substring(0, 1_000)));
  }

  private Optional<String> fault(Shot shot, RawHttp.Answer answer, long millis) {
    int status = answer.status();
    if (millis > LONGEST_ANSWER.toMillis()) {
      return Optional.of("it took %d ms".formatted(millis));
    }
    if (status >= 500 && !isOfWorkers(answer)) {
      return Optional.of("it is our fault");
    }
    if (shot.mustBeRefused() && status < 400 && !shot.isElsewhere()) {
      return Optional.of("it was taken");
    }
    if (status >= 400) {
      return answer.body().isEmpty() && shot.isElsewhere()
          ? Optional.empty() // a HEAD has no body
          : refusalFault(shot, answer);
    }
    return shot.isElsewhere() ? Optional.empty() : successFault(shot.operation(), answer);
  }

  /** OpenAI's clients are told by a 5xx that there is no worker, or that none has answered. */
  private static boolean isOfWorkers(RawHttp.Answer answer) {
    return OF_WORKERS.stream()
        .anyMatch(type -> answer.body().contains("\"type\":\"" + type.uri() + "\""));
  }

  private Optional<String> refusalFault(Shot shot, RawHttp.Answer answer) {
    if (!answer.header("content-type").startsWith("application/problem+json")) {
      return Optional.of("the refusal is no problem");
    }
    JsonNode problem;
    try {
      problem = json.readTree(answer.body());
    } catch (JacksonException e) {
      return Optional.of("the problem is no JSON");
    }
    List<Error> wrong =
        api.faults(json.readTree("{\"$ref\":\"#/components/schemas/ProblemBody\"}"), problem);
    if (!wrong.isEmpty()) {
      return Optional.of("the problem is not of its schema: " + wrong);
    }
    String type = problem.path("type").stringValue();
    String detail = problem.path("detail").stringValue();
    if (problem.path("status").intValue() != answer.status()
        || detail.length() < 10
        || detail.length() > 400
        || OUR_INSIDE.matcher(answer.body()).find()
        || !problem.path("requestId").stringValue().equals(answer.header("x-request-id"))) {
      return Optional.of("the problem does not say what a problem says");
    }
    if (problem.path("retryable").booleanValue() == answer.header("retry-after").isEmpty()) {
      return Optional.of("the problem does not say when to try again, or does and must not");
    }
    Set<String> known = api.problems(shot.operation(), answer.status());
    if (!shot.isElsewhere() && !known.contains(type) && !anyProblem.contains(type)) {
      return Optional.of("the document does not know %s of it".formatted(type));
    }
    boolean isShape =
        Set.of(
                ProblemType.INVALID_BODY,
                ProblemType.INVALID_PARAMETER,
                ProblemType.INVALID_TEXT,
                ProblemType.MALFORMED_REQUEST,
                ProblemType.UNSUPPORTED_MEDIA_TYPE,
                ProblemType.UNAUTHENTICATED,
                ProblemType.FORBIDDEN)
            .stream()
            .anyMatch(shape -> shape.uri().toString().equals(type));
    return shot.isTrue() && isShape && !SAID_IN_WORDS.matcher(detail).find()
        ? Optional.of("the document says that it is taken")
        : Optional.empty();
  }

  private Optional<String> successFault(Operation operation, RawHttp.Answer answer) {
    JsonNode response = api.response(operation, answer.status());
    if (response.isMissingNode()) {
      return Optional.of("the document does not know the status");
    }
    if (answer.header("content-type").startsWith("text/event-stream")) {
      return response.at("/content").has("text/event-stream")
          ? Optional.empty()
          : Optional.of("there is a stream that the document does not know");
    }
    JsonNode schema = response.at("/content/application~1json/schema");
    if (schema.isMissingNode()) {
      return response.has("content") || answer.body().isEmpty()
          ? Optional.empty()
          : Optional.of("there is a body that the document does not know");
    }
    List<Error> wrong = api.faults(schema, json.readTree(answer.body()));
    return wrong.isEmpty()
        ? Optional.empty()
        : Optional.of("the answer is not of its schema: " + wrong);
  }

  private static long heap() {
    var memory = ManagementFactory.getMemoryMXBean();
    for (int i = 0; i < 3; i++) {
      memory.gc();
    }
    return memory.getHeapMemoryUsage().getUsed();
  }
}
