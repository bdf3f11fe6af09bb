package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.ChatOutput.FinishReason;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Outputs that are heard while they are made. */
@MarketModuleTest
@Timeout(120)
class StreamModuleTests {
  private final int port;
  private final JdbcClient jdbc;
  private final BoundKeys keys;
  private final TestMarket market;
  private TestRequester requester;
  private String token;

  StreamModuleTests(
      @LocalServerPort int port,
      @Autowired JdbcClient jdbc,
      @Autowired BoundKeys keys,
      @Autowired TestMarket market) {
    this.port = port;
    this.jdbc = jdbc;
    this.keys = keys;
    this.market = market;
  }

  @BeforeEach
  void requester() {
    market.opens();
    requester = market.requester(100_000_000);
    token = requester.token();
  }

  @AfterEach
  void leave() {
    market.closes();
  }

  private TestWorker worker() {
    return market.worker();
  }

  private String posted(String body) {
    return requester.posts(body);
  }

  private String chat() {
    return posted(
        """
        {"model":"tiny-words","input":{"kind":"chat","messages":[{"role":"user","content":"Hi"}],
         "maxTokens":1000,"temperatureMilli":0,"seed":1}}\
        """);
  }

  private JsonNode get(String path) {
    return requester.sees(path);
  }

  private static UUID uuid(String job) {
    return UUID.fromString(job.substring("job_".length()));
  }

  @Test
  void a_chat_is_heard_by_its_requester_while_it_is_made() throws Exception {
    TestWorker worker = worker().offersChat(1_000_000);
    String job = chat();
    try (var feed = new TestFeed(port, token, job)) {
      feed.next("open");
      Lease lease = worker.leases();
      assertThat(feed.next("executing").data().path("attempt").asInt()).isEqualTo(1);
      try (var stream = worker.streams(lease)) {
        List<Long> micros = new ArrayList<>();
        int offset = 0;
        for (String word : List.of("Hel", "lo ä", " 🜂", " world")) {
          long said = System.nanoTime();
          stream.says(word);
          var piece = feed.next("piece");
          micros.add((piece.nanos() - said) / 1_000);
          assertThat(piece.data().path("text").stringValue()).isEqualTo(word);
          assertThat(piece.data().path("offset").asInt()).isEqualTo(offset);
          offset += word.getBytes(StandardCharsets.UTF_8).length;
        }
        System.out.println("from the worker's line to the requester's event, in µs: " + micros);
        assertThat(stream.ends()).contains("HTTP/1.1 200", "\"bytes\":" + offset);
      }
      var output = new ChatOutput("Hello ä 🜂 world", FinishReason.STOP);
      assertThat(worker.sends(worker.result(lease, output, 1, 4)).outcome())
          .isEqualTo(Outcome.ACCEPTED);

      JsonNode end = feed.next("attested").data();
      assertThat(end.path("attempt").asInt()).isEqualTo(1);
      assertThat(end.path("usage").path("outputUnits").asInt()).isEqualTo(4);
      assertThat(feed.poll(1)).isNull();
    }
    assertThat(get("/api/jobs/" + job).path("usage").path("inputUnits").asInt()).isEqualTo(1);
    assertThat(get("/api/jobs/" + job).path("price").stringValue()).isEqualTo("4");
  }

  @Test
  void who_comes_late_gets_the_whole_so_far() throws Exception {
    TestWorker worker = worker().offersChat(1_000_000);
    String job = chat();
    Lease lease = worker.leases();
    try (var stream = worker.streams(lease)) {
      stream.says("It was ").says("a dark ");
      try (var feed = new TestFeed(port, token, job)) {
        feed.next("executing");
        assertThat(feed.hears(1, 14)).isEqualTo("It was a dark ");
        stream.says("night");
        assertThat(feed.next("piece").data().path("text").stringValue()).isEqualTo("night");
      }
    }
    // What was not streamed comes with the result.
    var output = new ChatOutput("It was a dark night, and stormy.", FinishReason.STOP);
    worker.sends(worker.result(lease, output, 1, 9));
    try (var feed = new TestFeed(port, token, job)) {
      feed.next("executing");
      assertThat(feed.hears(1, 32)).isEqualTo("It was a dark night, and stormy.");
      feed.next("attested");
    }
  }

  @Test
  void an_end_of_which_nobody_has_told_is_found() throws Exception {
    worker().offersChat(1_000_000);
    String job = chat();
    try (var feed = new TestFeed(port, token, job)) {
      feed.next("open");
      jdbc.sql(
              """
              with gone as (delete from open_job where job = :job)
              insert into job_end (job, outcome, because, at) values (:job, 'expired', '', now())
              """)
          .param("job", uuid(job))
          .update();
      feed.next("expired");
    }
  }

  @Test
  void a_requester_that_does_not_read_holds_up_nobody() throws Exception {
    TestWorker worker = worker().offersChat(1_000_000);
    String job = chat();
    Lease lease = worker.leases();
    String page = "0123456789abcdef".repeat(1_000);
    try (var asleep = new TestFeed(port, token, job, false);
        var feed = new TestFeed(port, token, job);
        var stream = worker.streams(lease)) {
      feed.next("executing");
      long began = System.nanoTime();
      for (int i = 0; i < 60; i++) {
        stream.says(page);
      }
      assertThat(stream.ends()).contains("HTTP/1.1 200", "\"bytes\":960000");
      assertThat(feed.hears(1, 960_000)).isEqualTo(page.repeat(60));
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
      var output = new ChatOutput(page.repeat(60), FinishReason.STOP);
      assertThat(worker.sends(worker.result(lease, output, 1, 60)).outcome())
          .isEqualTo(Outcome.ACCEPTED);
    }
  }

  @Test
  void what_is_attested_must_be_what_was_streamed() throws Exception {
    TestWorker fickle = worker().offersChat(1_000_000);
    String job = chat();
    try (var feed = new TestFeed(port, token, job)) {
      feed.next("open");
      Lease lease = fickle.leases();
      feed.next("executing");
      try (var stream = fickle.streams(lease)) {
        stream.says("I said this");
        stream.ends();
      }
      assertThat(feed.hears(1, 11)).isEqualTo("I said this");
      TestWorker steady = worker().offersChat(1_000_000);

      var other = new ChatOutput("I said that", FinishReason.STOP);
      assertThat(fickle.sends(fickle.result(lease, other, 1, 3)).outcome())
          .isEqualTo(Outcome.DIVERGED);

      feed.next("open");
      Lease second = steady.leases();
      assertThat(feed.next("executing").data().path("attempt").asInt()).isEqualTo(2);
      steady.sends(steady.result(second, new ChatOutput("Indeed", FinishReason.STOP), 1, 1));
      assertThat(feed.hears(2, 6)).isEqualTo("Indeed");
      assertThat(feed.next("attested").data().path("attempt").asInt()).isEqualTo(2);
    }
    assertThat(
            jdbc.sql("select count(*) from divergence where job = :job")
                .param("job", uuid(job))
                .query(Long.class)
                .single())
        .isEqualTo(1);
    JsonNode trace = get("/api/jobs/" + job + "/match-trace").path("attempts");
    assertThat(trace.path(0).path("ended").stringValue()).isEqualTo("failed");
    assertThat(fickle.account().pending()).isEqualTo(TokenAmount.ZERO);
  }

  @Test
  void when_a_worker_dies_in_the_middle_the_next_begins_anew_and_the_requester_is_told()
      throws Exception {
    TestWorker mortal = worker().offersChat(1_000_000);
    String job = chat();
    try (var feed = new TestFeed(port, token, job)) {
      feed.next("open");
      Lease lease = mortal.leases();
      feed.next("executing");
      try (var stream = mortal.streams(lease)) {
        stream.says("I am about to");
        feed.hears(1, 13);
      }
      TestWorker other = worker().offersChat(1_000_000);
      Lease second = other.asks(1, "25s").leases().getFirst();
      feed.next("open");
      assertThat(feed.next("executing").data().path("attempt").asInt()).isEqualTo(2);
      try (var stream = other.streams(second)) {
        stream.says("I go on");
        assertThat(feed.hears(2, 7)).isEqualTo("I go on");
      }
      try (var late = mortal.streams(lease)) {
        assertThat(late.answer()).contains("HTTP/1.1 409", "attempt-over");
      }
    }
  }

  @Test
  void a_stream_keeps_its_lease_and_may_begin_again() throws Exception {
    TestWorker worker = worker().offersChat(1_000_000);
    String job = chat();
    Lease lease = worker.leases();
    try (var feed = new TestFeed(port, token, job)) {
      feed.next("executing");
      try (var stream = worker.streams(lease)) {
        stream.says("one ");
        feed.hears(1, 4);
      }
      try (var stream = worker.streams(lease)) {
        stream.saysAt(0, "one two ");
        await()
            .pollInterval(Duration.ofMillis(500))
            .during(Duration.ofSeconds(8)) // three heartbeats of two seconds
            .atMost(Duration.ofSeconds(20))
            .until(() -> {
              stream.lives();
              return get("/api/jobs/" + job).path("status").stringValue().equals("executing");
            });
        stream.saysAt(100, "beyond");
        assertThat(stream.answer()).contains("HTTP/1.1 400", "offset is beyond");
      }
      assertThat(feed.next("piece").data().path("text").stringValue()).isEqualTo("two ");
      var output = new ChatOutput("one two three", FinishReason.STOP);
      assertThat(worker.sends(worker.result(lease, output, 1, 3)).outcome())
          .isEqualTo(Outcome.ACCEPTED);
    }
  }

  @Test
  void a_cancelled_chat_ends_with_what_there_is_and_that_is_paid() throws Exception {
    TestWorker worker = worker().offersChat(1_000_000);
    String job = chat();
    Lease lease = worker.leases();
    try (var feed = new TestFeed(port, token, job);
        var stream = worker.streams(lease)) {
      feed.next("executing");
      stream.says("So far");
      feed.hears(1, 6);
      var early = new ChatOutput("So far", FinishReason.CANCELLED);
      assertThat(worker.sends(worker.result(lease, early, 1, 2)).outcome())
          .isEqualTo(Outcome.REFUSED);

      long began = System.nanoTime();
      Http.send(port, "POST", "/api/jobs/" + job + "/cancel", token, null);
      stream.lives();
      assertThat(stream.answer()).contains("HTTP/1.1 409", "job-cancelled");
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
      assertThat(stream.isClosedByMarket()).isTrue();
      assertThat(worker.beats(lease).cancel()).containsExactly(lease.ref());

      assertThat(worker.sends(worker.result(lease, early, 1, 2)).outcome())
          .isEqualTo(Outcome.ACCEPTED);
      feed.next("attested");
    }
    assertThat(get("/api/jobs/" + job).path("price").stringValue()).isEqualTo("2");
  }

  /** As the agent does: its client must see an answer that comes before its body has ended. */
  @Test
  void a_worker_on_the_jdks_client_notices_that_nobody_wants_the_rest() throws Exception {
    TestWorker worker = worker().offersChat(1_000_000);
    String job = chat();
    Lease lease = worker.leases();
    var lives =
        new InputStream() {
          @Override
          public int read() {
            LockSupport.parkNanos(100_000_000);
            return '\n';
          }

          @Override
          public int read(byte[] into, int from, int length) {
            into[from] = (byte) read();
            return 1;
          }
        };
    try (var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      var answer =
          client.sendAsync(
              worker.streamRequest(lease, BodyPublishers.ofInputStream(() -> lives)),
              BodyHandlers.ofString());
      Http.send(port, "POST", "/api/jobs/" + job + "/cancel", token, null);
      // The answer if it is read before the connection is reset, else the reset.
      assertThat(
              answer
                  .handle((ok, broken) -> broken == null ? ok.statusCode() : 409)
                  .get(10, TimeUnit.SECONDS))
          .isEqualTo(409);
      client.shutdownNow();
    }
  }

  @Test
  void a_cancelled_chat_whose_worker_has_nothing_is_not_given_to_another() {
    TestWorker worker = worker().offersChat(1_000_000);
    String job = chat();
    Lease lease = worker.leases();
    worker().offersChat(1_000_000);
    Http.send(port, "POST", "/api/jobs/" + job + "/cancel", token, null);
    worker.givesBack(lease, HandBack.Reason.LEAVING);
    assertThat(get("/api/jobs/" + job).path("status").stringValue()).isEqualTo("cancelled");
    assertThat(get("/api/account").path("unsettled").stringValue()).isEqualTo("0");
  }

  @Test
  void a_lease_whose_answer_was_lost_is_given_again_to_the_key_that_asked() {
    TestWorker worker = worker().offersChat(1_000_000);
    String job = chat();
    Lease lost = worker.leases();

    Lease again = worker.asksHolding("0s").leases().getFirst();
    assertThat(again).isEqualTo(lost);
    assertThat(worker.asksHolding("0s", lost).leases()).isEmpty();
    assertThat(worker.asks(1, "0s").leases()).isEmpty(); // one that does not say

    var otherKey = TestWallet.create();
    keys.bind(otherKey.address(), worker.address());
    TestWorker otherMachine = worker.with(otherKey);
    assertThat(otherMachine.asksHolding("0s").leases()).isEmpty();

    var output = new ChatOutput("Here", FinishReason.STOP);
    assertThat(worker.sends(worker.result(again, output, 1, 1)).outcome())
        .isEqualTo(Outcome.ACCEPTED);
    assertThat(get("/api/jobs/" + job + "/match-trace").path("attempts").size()).isEqualTo(1);
  }

  @Test
  void only_what_is_leased_and_a_chat_is_streamed() {
    TestWorker worker = worker().offers(10_000);
    posted(
        "{\"model\":\"all-minilm-l6-v2\",\"input\":{\"kind\":\"embeddings\",\"texts\":[\"x\"]}}");
    Lease lease = worker.leases();
    try (var stream = worker.streams(lease)) {
      assertThat(stream.answer()).contains("HTTP/1.1 400", "Only a chat is streamed");
    }
    TestWorker thief = worker().offersChat(1_000_000);
    try (var stream = thief.streams(lease)) {
      assertThat(stream.answer()).contains("HTTP/1.1 409", "attempt-over");
    }
    TestWorker chatty = worker().offersChat(1_000_000);
    chat();
    Lease theirs = chatty.leases();
    try (var stream = chatty.streams(theirs)) {
      stream.line("{\"offset\":0,\"words\":\"x\"}");
      assertThat(stream.answer()).contains("HTTP/1.1 400", "A line is empty or like");
    }
  }

  @Test
  void many_texts_have_their_vectors_in_one_result() {
    TestWorker worker = worker().offers(10_000);
    String texts =
        IntStream.range(0, EmbeddingsInput.MAX_TEXTS)
            .mapToObj(i -> "\"text " + i + "\"")
            .collect(Collectors.joining(","));
    String job =
        posted(
            "{\"model\":\"all-minilm-l6-v2\",\"maxPrice\":\"1000000\",\"input\":{\"kind\":\"embeddings\",\"texts\":[%s]}}"
                .formatted(texts));
    Lease lease = worker.leases();
    List<float[]> vectors =
        IntStream.range(0, EmbeddingsInput.MAX_TEXTS).mapToObj(i -> new float[2_048]).toList();
    vectors.forEach(vector -> vector[7] = 0.5f);
    var result = worker.result(lease, EmbeddingsOutput.of(vectors));
    assertThat(worker.sends(result).outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(get("/api/jobs/" + job + "/result?encoding=base64").path("count").asInt())
        .isEqualTo(EmbeddingsInput.MAX_TEXTS);
  }
}
