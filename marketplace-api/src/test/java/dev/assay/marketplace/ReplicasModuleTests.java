package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.marketplace.platform.ReplicaId;
import dev.assay.marketplace.platform.Replicas;
import dev.assay.marketplace.purse.Purse;
import dev.assay.marketplace.purse.RecordPurse;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.ChatOutput.FinishReason;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import dev.assay.quickstart.stack.JvmCommand;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/**
 * Two processes that serve one market: the one under test, here, and another that can be killed.
 * Those tests that kill it come last, so that the others are content with one.
 */
@MarketModuleTest
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(180)
class ReplicasModuleTests {
  private static final AtomicInteger WALLETS = new AtomicInteger(0x9000);
  private static final int LAST = Integer.MAX_VALUE;

  private final int port;
  private final JdbcClient jdbc;
  private final BoundKeys keys;
  private final RecordPurse purses;
  private final JdbcConnectionDetails database;
  private final KafkaConnectionDetails kafka;
  private final MeterRegistry meters;
  private final ReplicaId here;
  private final Replicas replicas;
  private final List<TestWorker> workers = new ArrayList<>();
  private final List<String> jobs = new CopyOnWriteArrayList<>();
  private static @Nullable Process other;
  private static int otherPort;
  private String token;

  @TempDir static Path scratch;

  ReplicasModuleTests(
      @LocalServerPort int port,
      @Autowired JdbcClient jdbc,
      @Autowired BoundKeys keys,
      @Autowired RecordPurse purses,
      @Autowired JdbcConnectionDetails database,
      @Autowired KafkaConnectionDetails kafka,
      @Autowired MeterRegistry meters,
      @Autowired ReplicaId here,
      @Autowired Replicas replicas) {
    this.here = here;
    this.replicas = replicas;
    this.meters = meters;
    this.port = port;
    this.jdbc = jdbc;
    this.keys = keys;
    this.purses = purses;
    this.database = database;
    this.kafka = kafka;
  }

  @BeforeEach
  void start() throws Exception {
    if (other == null || !other.isAlive()) {
      startOther();
    }
    TestWallet requester = TestWallet.create();
    token = requester.signIn(port);
    purses.record(
        new Purse(
            requester.address(),
            TokenAmount.of(100_000_000),
            TokenAmount.of(100_000_000),
            TokenAmount.ZERO,
            TokenAmount.ZERO,
            1));
  }

  private void startOther() throws Exception {
    otherPort = free();
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                JvmCommand.currentClassPath(),
                MarketplaceApplication.class.getName(),
                "--server.port=" + otherPort,
                "--management.server.port=" + free(),
                "--spring.datasource.url=" + database.getJdbcUrl(),
                "--spring.datasource.username=" + database.getUsername(),
                "--spring.datasource.password=" + database.getPassword(),
                "--spring.kafka.bootstrap-servers="
                    + String.join(",", kafka.getBootstrapServers())));
    for (String property :
        MarketModuleTest.class.getAnnotation(SpringBootTest.class).properties()) {
      if (!property.startsWith("management.")) {
        command.add("--" + property);
      }
    }
    Process started =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(scratch.resolve("other.log").toFile())
            .start();
    other = started;
    Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly, "kill-replica"));
    await()
        .atMost(Duration.ofSeconds(90))
        .until(() -> started.isAlive() && isAnswering(otherPort) && replicas() == 2);
  }

  @AfterEach
  void leave() {
    workers.forEach(TestWorker::offersNothing);
    workers.forEach(TestWorker::leaves);
    jobs.forEach(job -> Http.send(port, "POST", "/api/jobs/" + job + "/cancel", token, null));
  }

  @AfterAll
  static void kill() {
    Process victim = other;
    if (victim != null) {
      victim.destroyForcibly().onExit().join();
    }
  }

  private static int free() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static boolean isAnswering(int port) {
    try {
      return Http.status(port, "GET", "/api/models", "", null) == 200;
    } catch (AssertionError notYet) {
      return false;
    }
  }

  private long replicas() {
    return jdbc.sql(
            "select count(*) from replica where seen_at > clock_timestamp() - interval '3 seconds'")
        .query(Long.class)
        .single();
  }

  private TestWorker worker() {
    var key = TestWallet.create();
    var address = new WalletAddress("0x%040x".formatted(WALLETS.incrementAndGet()));
    keys.bind(key.address(), address);
    var worker = new TestWorker(port, address, key);
    workers.add(worker);
    return worker;
  }

  private String posted(int at, String body) {
    var answer = Http.send(at, "POST", "/api/jobs", token, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    String job = Http.read(answer).path("id").stringValue();
    jobs.add(job);
    return job;
  }

  private static String texts(String text) {
    return """
    {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["%s"]}}\
    """
        .formatted(text);
  }

  /** What one replica was told is known to the other within two seconds. */
  private void awaitOffers(String model) {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> {
          var quote =
              Http.send(
                  otherPort,
                  "POST",
                  "/api/quotes",
                  token,
                  model.equals("tiny-words") ? CHAT : texts("x"));
          return quote.statusCode() == 200;
        });
  }

  private static final String CHAT =
      """
      {"model":"tiny-words","input":{"kind":"chat","messages":[{"role":"user","content":"Hi"}],
       "maxTokens":1000,"temperatureMilli":0,"seed":1}}\
      """;

  @Test
  void who_waits_at_one_before_its_offers_are_known_there_is_given_what_waits_at_the_other()
      throws Exception {
    worker().offers(10_000); // and does not ask
    TestWorker late = worker();
    posted(port, texts("who sells this?"));
    var asked = CompletableFuture.supplyAsync(() -> late.at(otherPort).leases());
    await("its poll waits there").pollDelay(Duration.ofMillis(500)).until(() -> !asked.isDone());

    late.offers(10_000);

    Lease lease = asked.get(8, TimeUnit.SECONDS);
    assertThat(late.sends(late.result(lease)).outcome()).isEqualTo(Outcome.ACCEPTED);
  }

  @Test
  void what_is_posted_at_one_is_served_by_a_worker_parked_at_the_other() throws Exception {
    TestWorker worker = worker().offers(10_000);
    awaitOffers("all-minilm-l6-v2");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Long> millis = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        Future<Lease> parked = threads.submit(() -> worker.asks(1, "20s").leases().getFirst());
        await().until(() -> isParked());
        long began = System.nanoTime();
        Future<HttpResponse<String>> answer =
            threads.submit(() ->
                Http.send(
                    otherPort,
                    "POST",
                    "/api/jobs",
                    token,
                    texts("across"),
                    Map.of("Prefer", "wait=30")));
        Lease lease = parked.get();
        assertThat(worker.sends(worker.result(lease)).outcome()).isEqualTo(Outcome.ACCEPTED);
        assertThat(Http.read(answer.get()).path("status").stringValue()).isEqualTo("attested");
        millis.add((System.nanoTime() - began) / 1_000_000);
      }
      System.out.println(
          "posted there, leased and attested here, answered there, in ms: " + millis);
    }
  }

  private boolean isParked() {
    return meters.get("market.polls.parked").gauge().value() == 1;
  }

  @Test
  void a_worker_may_speak_to_either_and_its_requester_hear_from_the_other() throws Exception {
    TestWorker here = worker().offersChat(1_000_000);
    awaitOffers("tiny-words");
    TestWorker there = here.at(otherPort);
    String job = posted(port, CHAT);
    Lease lease = here.leases();
    assertThat(there.beats(lease).stop()).isEmpty();
    try (var feed = new TestFeed(otherPort, token, job);
        var stream = here.streams(lease)) {
      feed.next("executing");
      stream.says("Said ");
      assertThat(feed.hears(1, 5)).isEqualTo("Said ");
      List<Long> micros = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        long said = System.nanoTime();
        stream.says("here ");
        micros.add((feed.next("piece").nanos() - said) / 1_000);
      }
      System.out.println("from a line here to the event at the other replica, in µs: " + micros);
      stream.ends();
      var contrary = new ChatOutput("Said there.", FinishReason.STOP);
      var output = new ChatOutput("Said here here here here here ", FinishReason.STOP);
      assertThat(there.sends(there.result(lease, output, 1, 6)).outcome())
          .isEqualTo(Outcome.ACCEPTED);
      assertThat(there.sends(there.result(lease, contrary, 1, 6)).outcome())
          .isEqualTo(Outcome.CONTRADICTION);
      feed.next("attested");
    }
    assertThat(here.beats(lease).stop()).containsExactly(lease.ref());
    assertThat(here.account().atRisk()).isEqualTo(TokenAmount.ZERO);
  }

  @Test
  void a_request_at_one_and_its_repetition_at_the_other_are_one_job() throws Exception {
    TestWorker worker = worker().offers(10_000);
    awaitOffers("all-minilm-l6-v2");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < 6; round++) {
        String body =
            """
            {"model":"all-minilm-l6-v2","input":"round %d"}\
            """
                .formatted(round);
        var start = new CountDownLatch(1);
        List<Future<HttpResponse<String>>> sent = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          int at = i % 2 == 0 ? port : otherPort;
          Map<String, String> headers = Map.of("x-stainless-retry-count", i == 0 ? "0" : "1");
          sent.add(
              threads.submit(() -> {
                start.await();
                return Http.send(at, "POST", "/v1/embeddings", token, body, headers);
              }));
        }
        start.countDown();
        worker.sends(worker.result(worker.leases()));
        Set<String> named = ConcurrentHashMap.newKeySet();
        for (Future<HttpResponse<String>> one : sent) {
          assertThat(one.get().statusCode()).as(one.get().body()).isEqualTo(200);
          named.add(one.get().headers().firstValue("x-job-id").orElseThrow());
        }
        assertThat(named).hasSize(1);
      }
    }
    JsonNode all = Http.json(port, "GET", "/api/jobs", token, null, JsonNode.class).path("data");
    assertThat(all.size()).isEqualTo(6);
  }

  @Test
  @Order(LAST)
  void a_batch_outlives_the_process_that_works_on_it_and_each_line_is_charged_once()
      throws Exception {
    int lines = 40;
    TestWorker worker = worker().offers(10_000);
    awaitOffers("all-minilm-l6-v2");
    var requester = new TestRequester(port);
    var plenty = TokenAmount.of(100_000_000);
    purses.record(
        new Purse(requester.address(), plenty, plenty, TokenAmount.ZERO, TokenAmount.ZERO, 1));
    String file =
        requester.handsIn(
            IntStream.range(0, lines)
                .mapToObj(
                    """
                    {"custom_id":"%d","method":"POST","url":"/v1/embeddings",\
                    "body":{"model":"all-minilm-l6-v2","input":"x"}}\
                    """
                        ::formatted)
                .collect(Collectors.joining("\n")));
    var posted =
        requester.sends(
            "POST",
            "/v1/batches",
            """
            {"input_file_id":"%s","endpoint":"/v1/embeddings","completion_window":"24h"}\
            """
                .formatted(file));
    String batch = Http.read(posted).path("id").stringValue();
    UUID id = UUID.fromString(batch.substring("batch_".length()));
    jdbc.sql(
            "update batch set replica = (select id from replica where id <> :here order by seen_at"
                + " desc limit 1), seen_until = clock_timestamp() + interval '30 seconds'"
                + " where id = :batch")
        .param("here", here.id())
        .param("batch", id)
        .update();
    await().atMost(Duration.ofSeconds(60)).until(() -> answers(worker) > 0);
    await().atMost(Duration.ofSeconds(60)).until(() -> completed(requester, batch) > 0);
    kill();
    assertThat(status(requester, batch)).isEqualTo("in_progress");
    // As if nobody had seen to it for half a minute.
    jdbc.sql(
            "update batch set seen_until = clock_timestamp() - interval '1 second' where id ="
                + " :batch")
        .param("batch", id)
        .update();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> {
          answers(worker);
          return completed(requester, batch) == lines;
        });
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> status(requester, batch).equals("completed"));
    assertThat(requester.sees("/api/jobs?limit=100").path("data").size()).isEqualTo(lines);
    assertThat(requester.unsettled()).isEqualTo("" + lines);
  }

  /** A few of those that are open. */
  private static int answers(TestWorker worker) {
    List<Lease> leases = worker.asks(4, "1s").leases();
    leases.forEach(lease -> worker.sends(worker.result(lease)));
    return leases.size();
  }

  private static int completed(TestRequester requester, String batch) {
    return requester.sees("/v1/batches/" + batch).at("/request_counts/completed").asInt();
  }

  private static String status(TestRequester requester, String batch) {
    return requester.sees("/v1/batches/" + batch).path("status").stringValue();
  }

  @Test
  void a_result_at_one_must_be_what_the_other_heard() {
    TestWorker here = worker().offersChat(1_000_000);
    awaitOffers("tiny-words");
    TestWorker there = here.at(otherPort);
    posted(port, CHAT);
    Lease lease = here.leases();
    try (var stream = here.streams(lease)) {
      stream.says("This");
      stream.ends();
    }
    var other = new ChatOutput("That", FinishReason.STOP);
    assertThat(there.sends(there.result(lease, other, 1, 1)).outcome()).isEqualTo(Outcome.DIVERGED);
  }

  @Test
  void a_job_is_cancelled_at_one_while_the_other_hears_its_worker() {
    TestWorker here = worker().offersChat(1_000_000);
    awaitOffers("tiny-words");
    String job = posted(port, CHAT);
    Lease lease = here.leases();
    try (var stream = here.streams(lease)) {
      stream.says("So far");
      Http.send(otherPort, "POST", "/api/jobs/" + job + "/cancel", token, null);
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> here.beats(lease).cancel().contains(lease.ref()));
    }
    var early = new ChatOutput("So far", FinishReason.CANCELLED);
    assertThat(here.sends(here.result(lease, early, 1, 2)).outcome()).isEqualTo(Outcome.ACCEPTED);
  }

  @Test
  @Order(LAST - 1)
  void a_lease_that_is_given_again_by_the_other_has_time_until_its_first_heartbeat() {
    TestWorker asksHere = worker().offers(10_000);
    awaitOffers("all-minilm-l6-v2");
    TestWorker there = asksHere.at(otherPort);
    posted(port, texts("whose lease's answer was lost"));
    Lease lease = there.leases();
    Instant given = Instant.now();
    awaitMoment(given.plusMillis(4_500));

    assertThat(asksHere.asksHolding("0s").leases()).extracting(Lease::ref).contains(lease.ref());

    awaitMoment(given.plusMillis(8_000));
    assertThat(there.beats(lease).stop()).isEmpty();
    assertThat(there.sends(there.result(lease)).outcome()).isEqualTo(Outcome.ACCEPTED);
  }

  @Test
  @Order(LAST - 1)
  void whose_replica_the_other_thought_dead_may_speak_to_either() {
    TestWorker speaksHere = worker().offers(10_000);
    awaitOffers("all-minilm-l6-v2");
    TestWorker there = speaksHere.at(otherPort);
    UUID job = JobId.parse(posted(port, texts("that two see to"))).uuid();
    Lease lease = speaksHere.leases();
    replicas.stop();
    try {
      await("it is taken over, and this one silent for long")
          .pollDelay(Duration.ofMillis(3_100))
          .atMost(Duration.ofSeconds(30))
          .until(() -> {
            assertThat(speaksHere.beats(lease).stop()).isEmpty();
            return jdbc.sql("select replica <> :here from open_job where job = :job")
                .param("here", here.id())
                .param("job", job)
                .query(Boolean.class)
                .single();
          });
    } finally {
      replicas.start();
    }

    beatsLongerThanSilence(there, lease);
    beatsLongerThanSilence(speaksHere, lease);

    assertThat(there.sends(there.result(lease)).outcome()).isEqualTo(Outcome.ACCEPTED);
  }

  @Test
  @Order(LAST - 1)
  void whoever_gave_a_lease_and_lives_watches_it_though_its_job_is_taken_over() {
    TestWorker there = worker().offers(10_000).at(otherPort);
    awaitOffers("all-minilm-l6-v2");
    UUID job = JobId.parse(posted(port, texts("whose replica dies"))).uuid();
    Lease lease = there.leases();
    leaveBehind(job);
    await("it is taken over here")
        .atMost(Duration.ofSeconds(40))
        .until(() -> {
          assertThat(there.beats(lease).stop()).isEmpty();
          UUID owner =
              jdbc.sql("select replica from open_job where job = :job")
                  .param("job", job)
                  .query(UUID.class)
                  .single();
          if (!owner.equals(here.id()) && replicas.alive().contains(owner)) {
            leaveBehind(job);
          }
          return owner.equals(here.id());
        });

    beatsLongerThanSilence(there, lease);

    assertThat(there.sends(there.result(lease)).outcome()).isEqualTo(Outcome.ACCEPTED);
  }

  private void leaveBehind(UUID job) {
    jdbc.sql("update open_job set replica = :dead where job = :job")
        .param("dead", UUID.randomUUID())
        .param("job", job)
        .update();
  }

  private static void beatsLongerThanSilence(TestWorker worker, Lease lease) {
    for (int second = 0; second < 8; second++) {
      assertThat(worker.beats(lease).stop()).isEmpty();
      awaitMoment(Instant.now().plusSeconds(1));
    }
  }

  private static void awaitMoment(Instant moment) {
    await().atMost(Duration.ofSeconds(20)).until(() -> Instant.now().isAfter(moment));
  }

  @Test
  @Order(LAST)
  void a_lease_goes_on_though_the_replica_that_heard_its_worker_last_is_no_more() throws Exception {
    TestWorker speaksHere = worker().offers(10_000);
    awaitOffers("all-minilm-l6-v2");
    TestWorker there = speaksHere.at(otherPort);
    posted(port, texts("whose worker speaks there"));
    Lease lease = speaksHere.leases();
    Instant given = Instant.now();
    awaitMoment(given.plusMillis(4_500));
    assertThat(there.beats(lease).stop()).isEmpty();

    kill();
    jdbc.sql("delete from replica where id <> :here").param("here", here.id()).update();
    replicas.look();
    assertThat(replicas.isAlone()).isTrue();

    awaitMoment(given.plusMillis(8_000));
    assertThat(speaksHere.beats(lease).stop()).isEmpty();
    assertThat(speaksHere.sends(speaksHere.result(lease)).outcome()).isEqualTo(Outcome.ACCEPTED);
  }

  @Test
  @Order(LAST)
  void a_lease_that_the_dead_gave_lapses_here_if_its_worker_is_silent_and_not_if_it_lives()
      throws Exception {
    TestWorker silent = worker().offers(10_000);
    TestWorker living = worker().offers(10_000);
    awaitOffers("all-minilm-l6-v2");
    String first = posted(port, texts("whose worker dies too"));
    Lease lost = silent.at(otherPort).leases();
    posted(port, texts("whose worker lives"));
    Lease kept = living.at(otherPort).leases();

    kill();

    TestWorker next = worker().offers(10_000);
    List<Lease> again = new ArrayList<>();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          assertThat(living.beats(kept).stop()).isEmpty();
          again.addAll(next.asks(1, "1s").leases());
          return !again.isEmpty();
        });
    assertThat(again.getFirst().assignment().jobId()).isEqualTo(lost.assignment().jobId());
    assertThat(again.getFirst().assignment().attempt()).isEqualTo(2);
    assertThat(silent.sends(silent.result(lost)).outcome()).isEqualTo(Outcome.LATE);
    assertThat(next.sends(next.result(again.getFirst())).outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(living.sends(living.result(kept)).outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(
            Http.json(port, "GET", "/api/jobs/" + first, token, null, JsonNode.class)
                .path("status")
                .stringValue())
        .isEqualTo("attested");
  }

  @Test
  @Order(LAST)
  void when_one_is_killed_the_other_finishes_its_jobs_and_no_lease_is_double() throws Exception {
    int count = 120;
    List<TestWorker> crowd = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      crowd.add(worker().offers(10_000 + i));
    }
    awaitOffers("all-minilm-l6-v2");
    // All of them before any works: whoever works may soon kill the other replica.
    List<TestWorker> crowdThere = crowd.stream().map(one -> one.at(otherPort)).toList();
    Set<String> accepted = ConcurrentHashMap.newKeySet();
    var isKilled = new AtomicBoolean();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> posting = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String text = "job " + i;
        int at = i % 2 == 0 ? port : otherPort;
        posting.add(threads.submit(() -> posted(at, texts(text))));
      }
      Set<String> jobs = ConcurrentHashMap.newKeySet();
      for (Future<String> one : posting) {
        jobs.add(one.get());
      }
      List<Future<?>> working = new ArrayList<>();
      for (int i = 0; i < crowd.size(); i++) {
        TestWorker here = crowd.get(i);
        TestWorker there = crowdThere.get(i);
        boolean isThere = i % 2 == 1;
        working.add(
            threads.submit(() -> {
              // One that was accepted may not be heard of here: its answer died with the replica.
              while (accepted.size() < count && !Thread.currentThread().isInterrupted()) {
                boolean useThere = isThere && !isKilled.get();
                try {
                  for (Lease lease : (useThere ? there : here).asks(4, "1s").leases()) {
                    // The result goes to either.
                    var to = useThere && accepted.size() % 2 == 0 ? there : here;
                    if (to.sends(to.result(lease)).outcome() == Outcome.ACCEPTED) {
                      accepted.add(lease.assignment().jobId().toString());
                    }
                  }
                } catch (AssertionError gone) {
                  if (!isKilled.get()) {
                    throw gone;
                  }
                }
                if (accepted.size() > count / 3 && isKilled.compareAndSet(false, true)) {
                  kill();
                }
              }
            }));
      }
      await()
          .atMost(Duration.ofSeconds(90))
          .until(() ->
              jobs.stream()
                  .allMatch(job ->
                      Http.json(port, "GET", "/api/jobs/" + job, token, null, JsonNode.class)
                          .path("status")
                          .stringValue()
                          .equals("attested")));
      working.forEach(one -> one.cancel(true));
      threads.shutdownNow();
    }
    // Two attempts at a job whose times overlap, neither of them a hedge: a double lease.
    assertThat(
            jdbc.sql(
                    """
                    select count(*) from assignment a
                    join assignment b on a.job = b.job and a.attempt < b.attempt and not b.is_hedge
                    left join assignment_end e on e.job = a.job and e.attempt = a.attempt
                    where e.at is null or e.at > b.assigned_at + interval '1 second'
                    """)
                .query(Long.class)
                .single())
        .isZero();
    assertThat(
            jdbc.sql(
                    "select count(*) from (select job from attestation group by job having count(*)"
                        + " > 1) d")
                .query(Long.class)
                .single())
        .isZero();
  }
}
