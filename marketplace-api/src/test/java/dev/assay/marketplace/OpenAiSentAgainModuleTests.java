package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.JobWaiters;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.ChatOutput.FinishReason;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;
import tools.jackson.databind.JsonNode;

/** OpenAI's clients hang up, and send the same again: it stays one job, if anybody wants it. */
@MarketModuleTest
@Timeout(120)
class OpenAiSentAgainModuleTests {
  private static final String COUNTED = "x-stainless-retry-count";
  private static final String FIRST = "0";
  private static final Duration NOTICED_WITHIN = Duration.ofSeconds(60);

  private final int port;
  private final TestMarket market;
  private final JobWaiters waiters;
  private final JdbcClient jdbc;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<AutoCloseable> open = new ArrayList<>();
  private TestRequester requester;

  OpenAiSentAgainModuleTests(
      @LocalServerPort int port,
      @Autowired TestMarket market,
      @Autowired JobWaiters waiters,
      @Autowired JdbcClient jdbc) {
    this.port = port;
    this.market = market;
    this.waiters = waiters;
    this.jdbc = jdbc;
  }

  @BeforeEach
  void parties() {
    market.opens();
    requester = market.requester(1_000_000);
  }

  @AfterEach
  void leave() throws Exception {
    for (AutoCloseable one : open) {
      one.close();
    }
    market.closes();
    threads.close();
  }

  private TestWorker offering() {
    return market.worker().offersBoth(1_000_000);
  }

  private void answering() {
    open.add(new AnsweringWorker(market.worker()));
  }

  private static String chat(String text) {
    return """
    {"model":"tiny-words","max_tokens":9,"messages":[{"role":"user","content":"%s"}]}\
    """
        .formatted(text);
  }

  private static String texts(String text) {
    return """
    {"model":"two-precisions","input":"%s"}\
    """
        .formatted(text);
  }

  private HttpResponse<String> sends(String path, String body, Map<String, String> headers) {
    return requester.sends("POST", path, body, headers);
  }

  private HttpResponse<String> embeds(String text, Map<String, String> headers) {
    return sends("/v1/embeddings", texts(text), headers);
  }

  private static String job(HttpResponse<?> answer) {
    return answer.headers().firstValue("x-job-id").orElseThrow();
  }

  /** A request whose connection can be closed before it is answered. */
  private final class Caller implements AutoCloseable {
    private final Socket socket;

    Caller(String path, String body, String header) {
      byte[] content = body.getBytes(StandardCharsets.UTF_8);
      try {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        open.add(socket);
        String head =
            """
            POST %s HTTP/1.1
            host: 127.0.0.1
            authorization: Bearer %s
            content-type: application/json
            content-length: %d
            %s

            """
                .formatted(path, requester.token(), content.length, header);
        socket.getOutputStream().write(head.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().write(content);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Something of a next request, before this one is answered. */
    void goesOn() throws IOException {
      socket.getOutputStream().write('G');
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** The newest of the requester's jobs, when somebody waits for it. */
  private String waitedFor(int jobs) {
    await()
        .atMost(NOTICED_WITHIN)
        .until(() -> {
          JsonNode all = requester.sees("/api/jobs").path("data");
          return all.size() == jobs
              && waiters.isWaitedFor(JobId.parse(all.path(0).path("id").stringValue()));
        });
    return requester.sees("/api/jobs").path("data").path(0).path("id").stringValue();
  }

  private String status(String job) {
    return requester.job(job).path("status").stringValue();
  }

  private void awaitCancelled(String job) {
    await().atMost(NOTICED_WITHIN).until(() -> status(job).equals("cancelled"));
  }

  // --- Hung up
  // --------------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"/v1/chat/completions", "/v1/embeddings"})
  void what_nobody_has_begun_is_taken_back_when_its_requester_hangs_up(String path)
      throws Exception {
    offering();
    var caller = new Caller(path, path.contains("chat") ? chat("Hi") : texts("Hi"), "a: b");
    String job = waitedFor(1);
    caller.close();
    awaitCancelled(job);
    assertThat(requester.unsettled()).isEqualTo("0");
  }

  @Test
  void a_chat_that_a_worker_has_begun_ends_early_and_whoever_asks_later_gets_a_whole_one()
      throws Exception {
    TestWorker worker = offering();
    var caller = new Caller("/v1/chat/completions", chat("Hi"), COUNTED + ": 0");
    String cut = waitedFor(1);
    Lease lease = worker.leases();
    caller.close();
    await().atMost(NOTICED_WITHIN).until(() -> !worker.beats(lease).cancel().isEmpty());
    // Joined while its worker has not ended it yet.
    Future<HttpResponse<String>> again =
        threads.submit(() -> sends("/v1/chat/completions", chat("Hi"), Map.of(COUNTED, "1")));
    await().atMost(NOTICED_WITHIN).until(() -> waiters.isWaitedFor(JobId.parse(cut)));
    var early = new ChatOutput("So far", FinishReason.CANCELLED);
    assertThat(worker.sends(worker.result(lease, early, 1, 2)).outcome())
        .isEqualTo(Outcome.ACCEPTED);

    Lease anew = worker.leases();
    worker.sends(worker.result(anew, new ChatOutput("Whole.", FinishReason.STOP), 1, 3));
    HttpResponse<String> answer = again.get();
    assertThat(answer.body()).contains("Whole.");
    assertThat(job(answer)).isNotEqualTo(cut);
    assertThat(requester.unsettled()).isEqualTo("5"); // what there was of the first too
  }

  @Test
  void what_is_asked_for_again_or_may_be_is_not_taken_back() throws Exception {
    TestWorker worker = offering();
    var first = new Caller("/v1/embeddings", texts("again"), COUNTED + ": 0");
    String asked = waitedFor(1);
    Future<HttpResponse<String>> again =
        threads.submit(() -> embeds("again", Map.of(COUNTED, "1")));
    await().atMost(NOTICED_WITHIN).until(() -> times() == 2);
    first.close();
    var keyed = new Caller("/v1/embeddings", texts("keyed"), "idempotency-key: mine");
    String kept = waitedFor(2);
    keyed.close();
    awaitSeenToBeGone(2);

    assertThat(status(asked)).isEqualTo("open");
    assertThat(status(kept)).isEqualTo("open");
    for (int i = 0; i < 2; i++) {
      Lease lease = worker.leases();
      worker.sends(worker.result(lease, TestWorker.vectors(lease.input(), 1)));
    }
    assertThat(job(again.get())).isEqualTo(asked);
    assertThat(job(embeds("keyed", Map.of("Idempotency-Key", "mine")))).isEqualTo(kept);
    assertThat(requester.unsettled()).isEqualTo("6");
  }

  /**
   * Those that have hung up so far, as one is that hangs up after them.
   *
   * @param jobs of the requester, as yet
   */
  private void awaitSeenToBeGone(int jobs) throws IOException {
    var other = new Caller("/v1/embeddings", texts("other"), COUNTED + ": 0");
    String unwanted = waitedFor(jobs + 1);
    other.close();
    awaitCancelled(unwanted);
  }

  @Test
  void what_is_asked_for_again_is_taken_back_when_nobody_is_left_who_waits() throws Exception {
    offering();
    var first = new Caller("/v1/embeddings", texts("twice"), COUNTED + ": 0");
    String job = waitedFor(1);
    var again = new Caller("/v1/embeddings", texts("twice"), COUNTED + ": 1");
    await().atMost(NOTICED_WITHIN).until(() -> times() == 2);
    first.close();
    awaitSeenToBeGone(1);
    assertThat(status(job)).isEqualTo("open");

    again.close();
    awaitCancelled(job);
    assertThat(requester.unsettled()).isEqualTo("0");
  }

  @Test
  void an_equal_request_that_is_not_one_sent_again_keeps_no_other_going() throws Exception {
    offering();
    var first = new Caller("/v1/embeddings", texts("equal"), COUNTED + ": 0");
    String unwanted = waitedFor(1);
    new Caller("/v1/embeddings", texts("equal"), COUNTED + ": 0");
    String wanted = waitedFor(2);
    assertThat(wanted).isNotEqualTo(unwanted);

    first.close();
    awaitCancelled(unwanted);
    assertThat(status(wanted)).isEqualTo("open");
  }

  @Test
  void a_stream_that_is_hung_up_before_its_first_word_goes_on_for_whoever_sends_it_again()
      throws Exception {
    TestWorker worker = offering();
    String asked = chat("Hi").replace("{\"model\"", "{\"stream\":true,\"model\"");
    var first = new Caller("/v1/chat/completions", asked, COUNTED + ": 0");
    JobId job = await().until(this::posted, Optional::isPresent).orElseThrow();
    Lease lease = worker.leases();
    first.close();
    try (var stream = worker.streams(lease)) {
      for (String word : List.of("I ", "was ", "still ", "going ", "on")) {
        stream.says(word);
        worker.beats(lease); // or it could be heard with the next
      }
      await()
          .during(Duration.ofMillis(500))
          .atMost(NOTICED_WITHIN)
          .until(() -> worker.beats(lease).cancel().isEmpty());
    }
    Future<HttpResponse<String>> again =
        threads.submit(() -> sends("/v1/chat/completions", asked, Map.of(COUNTED, "1")));
    await().atMost(NOTICED_WITHIN).until(() -> times() == 2);
    var output = new ChatOutput("I was still going on.", FinishReason.STOP);
    assertThat(worker.sends(worker.result(lease, output, 1, 6)).outcome())
        .isEqualTo(Outcome.ACCEPTED);

    assertThat(again.get().body()).contains("[DONE]");
    assertThat(job(again.get())).isEqualTo(job.toString());
  }

  @Test
  void who_sends_the_next_request_early_has_not_hung_up() throws Exception {
    TestWorker worker = offering();
    var hasty = new Caller("/v1/embeddings", texts("hasty"), "a: b");
    String wanted = waitedFor(1);
    hasty.goesOn();
    var other = new Caller("/v1/embeddings", texts("other"), "a: b");
    String unwanted = waitedFor(2);
    other.close();
    awaitCancelled(unwanted);
    assertThat(status(wanted)).isEqualTo("open");
    Lease lease = worker.leases();
    assertThat(worker.sends(worker.result(lease, TestWorker.vectors(lease.input(), 1))).outcome())
        .isEqualTo(Outcome.ACCEPTED);
  }

  private int times() {
    return jdbc.sql("select coalesce(max(times), 0) from request_name where requester = :requester")
        .param("requester", requester.address().hex())
        .query(Integer.class)
        .single();
  }

  // --- Together
  // -------------------------------------------------------------------------------------

  /** All at once, each on a thread of its own. */
  private List<HttpResponse<String>> together(
      String path, String body, List<Map<String, String>> requests) throws Exception {
    var start = new CountDownLatch(1);
    List<Future<HttpResponse<String>>> running =
        requests.stream()
            .map(headers ->
                threads.submit(() -> {
                  start.await();
                  return sends(path, body, headers);
                }))
            .toList();
    start.countDown();
    List<HttpResponse<String>> answers = new ArrayList<>();
    for (Future<HttpResponse<String>> one : running) {
      answers.add(one.get());
    }
    return answers;
  }

  private static List<Map<String, String>> firstAndThreeMore() {
    return List.of(
        Map.of(COUNTED, FIRST), Map.of(COUNTED, "1"), Map.of(COUNTED, "2"), Map.of(COUNTED, "1"));
  }

  @Test
  void a_request_and_its_repetitions_that_come_together_are_one_job() throws Exception {
    answering();
    for (int round = 1; round <= 8; round++) {
      String text = "together " + round;
      var answers = together("/v1/embeddings", texts(text), firstAndThreeMore());
      assertThat(answers).allSatisfy(one -> assertThat(one.statusCode()).isEqualTo(200));
      assertThat(answers.stream().map(one -> job(one)).collect(Collectors.toSet()))
          .as(text)
          .hasSize(1);
      assertThat(requester.unsettled()).isEqualTo("" + 3 * round);
    }
  }

  @Test
  void requests_of_one_key_that_come_together_are_one_job() throws Exception {
    answering();
    for (int round = 1; round <= 4; round++) {
      Map<String, String> key = Map.of("Idempotency-Key", "together-" + round);
      var answers = together("/v1/embeddings", texts("keyed"), List.of(key, key, key, key));
      assertThat(answers).allSatisfy(one -> assertThat(one.statusCode()).isEqualTo(200));
      assertThat(answers.stream().map(one -> job(one)).collect(Collectors.toSet())).hasSize(1);
      assertThat(requester.unsettled()).isEqualTo("" + 3 * round);
    }
  }

  @Test
  void those_that_come_together_and_are_refused_are_refused_for_the_same_reason() throws Exception {
    offering();
    requester = market.requester(1);
    for (int round = 0; round < 4; round++) {
      String text = "x".repeat(100) + round;
      assertThat(together("/v1/embeddings", texts(text), firstAndThreeMore()))
          .allSatisfy(one -> assertThat(one.statusCode()).as(one.body()).isEqualTo(402));
    }
    assertThat(requester.sees("/api/jobs").path("data").isEmpty()).isTrue();
  }

  @Test
  void a_repetition_that_overtakes_its_own_request_is_found_by_it() {
    answering();
    HttpResponse<String> ahead = embeds("overtaken", Map.of(COUNTED, "1"));
    HttpResponse<String> first = embeds("overtaken", Map.of(COUNTED, FIRST));
    assertThat(job(first)).isEqualTo(job(ahead));
    assertThat(first.headers().firstValue("idempotent-replayed")).contains("true");
    assertThat(requester.unsettled()).isEqualTo("3");
    // It has come now: what is equal and new is another.
    assertThat(job(embeds("overtaken", Map.of(COUNTED, FIRST)))).isNotEqualTo(job(ahead));
  }

  @Test
  void a_repetition_is_found_though_the_names_are_lost() {
    answering();
    HttpResponse<String> first = embeds("lost", Map.of(COUNTED, FIRST));
    jdbc.sql("delete from request_name where requester = :requester")
        .param("requester", requester.address().hex())
        .update();
    assertThat(job(embeds("lost", Map.of(COUNTED, "1")))).isEqualTo(job(first));
    assertThat(requester.unsettled()).isEqualTo("3");
  }

  @Test
  void a_repetition_whose_name_is_lost_is_looked_for_among_the_last_thousand(
      @Autowired FindJobs jobs, @Autowired TransactionOperations transaction) {
    answering();
    JobId first = JobId.parse(job(embeds("lost", Map.of(COUNTED, FIRST))));
    Digest asked =
        Digest.of(
            jdbc.sql("select request_digest from job where id = :job")
                .param("job", first.uuid())
                .query(byte[].class)
                .single());
    transaction.executeWithoutResult(undone -> {
      undone.setRollbackOnly();
      addOthersAfter(first, 999);
      assertThat(jobs.lastOf(requester.address(), asked, Instant.EPOCH))
          .hasValueSatisfying(found -> assertThat(found.id()).isEqualTo(first));
      addOthersAfter(first, 1);
      assertThat(jobs.lastOf(requester.address(), asked, Instant.EPOCH)).isEmpty();
    });
  }

  private void addOthersAfter(JobId job, int count) {
    jdbc.sql(
            """
            insert into job select other.* from job, generate_series(1, :count) n,
              jsonb_populate_record(job, jsonb_build_object(
                'id', 'ffffffff' || substr(gen_random_uuid()::text, 9),
                'signed_id', '\\x' || encode(sha256(gen_random_uuid()::text::bytea), 'hex'),
                'request_digest', '\\x' || repeat('00', 32), 'input_units', n)) other
            where job.id = :job
            """)
        .param("job", job.uuid())
        .param("count", count)
        .update();
  }

  @Test
  void a_batch_and_its_repetitions_that_come_together_are_one_batch() throws Exception {
    String file = requester.handsIn("[]");
    String body =
        """
        {"input_file_id":"%s","endpoint":"/v1/embeddings","completion_window":"24h"}\
        """
            .formatted(file);
    var answers = together("/v1/batches", body, firstAndThreeMore());
    assertThat(answers).allSatisfy(one -> assertThat(one.statusCode()).isEqualTo(200));
    assertThat(requester.sees("/v1/batches").path("data").size()).isEqualTo(1);
  }

  @Test
  void a_stream_of_what_has_no_end_is_given_up_after_its_deadline() throws Exception {
    offering();
    String asked =
        """
        {"model":"tiny-words","max_tokens":9,"stream":true,
         "messages":[{"role":"user","content":"endless"}]}\
        """;
    Map<String, String> key = Map.of("Idempotency-Key", "endless");
    var first = threads.submit(() -> sends("/v1/chat/completions", asked, key));
    JobId job = await().until(this::posted, Optional::isPresent).orElseThrow();
    jdbc.sql("alter table job disable trigger job_is_immutable").update();
    try {
      jdbc.sql("update job set deadline = now() - interval '1 hour' where id = :job")
          .param("job", job.uuid())
          .update();
    } finally {
      jdbc.sql("alter table job enable trigger job_is_immutable").update();
    }

    var again = sends("/v1/chat/completions", asked, key);

    assertThat(again.body()).contains("deadline_exceeded", job + " has no end");
    sends("/api/jobs/" + job + "/cancel", "", Map.of());
    assertThat(first.get().body()).contains("was cancelled");
  }

  private Optional<JobId> posted() {
    return jdbc.sql("select job from open_job where requester = :requester")
        .param("requester", requester.address().hex())
        .query(UUID.class)
        .optional()
        .map(JobId::new);
  }
}
