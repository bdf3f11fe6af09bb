package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.marketplace.job.SettleJobs;
import dev.assay.marketplace.job.SettledJob;
import dev.assay.marketplace.purse.Purse;
import dev.assay.marketplace.purse.RecordPurse;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.JobId;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.Signature;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.LeaseAnswer;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import dev.assay.protocol.wire.ResultAnswers.ResultAnswer;
import dev.assay.protocol.wire.ResultSubmission;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The life of a job through the whole API, as its parties see it. */
@MarketModuleTest
@Timeout(120)
class JobLifecycleModuleTests {
  /** More at once would be told that the market is busy, as a full pool of connections is. */
  private static final int FEWER_THAN_CONNECTIONS = 10;

  private static final AtomicInteger WALLETS = new AtomicInteger(0x1000);

  private final int port;
  private final JdbcClient jdbc;
  private final JsonMapper json;
  private final BoundKeys keys;
  private final RecordPurse purses;
  private final SettleJobs settling;

  private TestWallet requester;
  private String token;
  private final List<TestWorker> workers = new ArrayList<>();

  JobLifecycleModuleTests(
      @LocalServerPort int port,
      @Autowired JdbcClient jdbc,
      @Autowired JsonMapper json,
      @Autowired BoundKeys keys,
      @Autowired RecordPurse purses,
      @Autowired SettleJobs settling) {
    this.port = port;
    this.jdbc = jdbc;
    this.json = json;
    this.keys = keys;
    this.purses = purses;
    this.settling = settling;
  }

  @BeforeEach
  void requester() {
    requester = TestWallet.create();
    token = requester.signIn(port);
    fund(requester, 1_000_000, 1_000_000);
  }

  /** Workers of one test must not serve the next. */
  @AfterEach
  void leave() {
    workers.forEach(TestWorker::offersNothing);
    workers.forEach(TestWorker::leaves);
    jdbc.sql("select id from job where id in (select job from open_job)")
        .query(UUID.class)
        .list()
        .forEach(id ->
            Http.send(port, "POST", "/api/jobs/job_" + id + "/cancel", token, null, Map.of()));
  }

  private void fund(TestWallet wallet, long balance, long authorized) {
    purses.record(
        new Purse(
            wallet.address(),
            TokenAmount.of(balance),
            TokenAmount.of(authorized),
            TokenAmount.ZERO,
            TokenAmount.ZERO,
            1));
  }

  private TestWorker worker() {
    var key = TestWallet.create();
    var address = new WalletAddress("0x%040x".formatted(WALLETS.incrementAndGet()));
    keys.bind(key.address(), address);
    var worker = new TestWorker(port, address, key);
    workers.add(worker);
    return worker;
  }

  private static String job(String... texts) {
    return """
    {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["%s"]}}\
    """
        .formatted(String.join("\",\"", texts));
  }

  private HttpResponse<String> post(String body, Map<String, String> headers) {
    return Http.send(port, "POST", "/api/jobs", token, body, headers);
  }

  private JsonNode posted(String body) {
    var answer = post(body, Map.of());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    return Http.read(answer);
  }

  private JsonNode get(String path) {
    return Http.json(port, "GET", path, token, null, JsonNode.class);
  }

  private String status(JsonNode job) {
    return get("/api/jobs/" + job.path("id").stringValue()).path("status").stringValue();
  }

  private static String code(HttpResponse<String> answer) {
    return Http.read(answer).path("error").path("code").stringValue();
  }

  @Test
  void a_posted_job_is_leased_attested_paid_and_answered() throws Exception {
    TestWorker worker = worker().offers(20_000);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<HttpResponse<String>> answer =
          threads.submit(() -> post(job("one", "two"), Map.of("Prefer", "wait=30")));

      Lease lease = worker.leases();
      assertThat(lease.inputDigest()).isEqualTo(lease.input().digest());
      assertThat(worker.sends(worker.result(lease)).outcome()).isEqualTo(Outcome.ACCEPTED);

      JsonNode done = Http.read(answer.get());
      assertThat(answer.get().statusCode()).isEqualTo(200);
      assertThat(done.path("status").stringValue()).isEqualTo("attested");
      assertThat(done.path("worker").stringValue()).isEqualTo(worker.address().hex());
      assertThat(done.path("result").path("vectors").size()).isEqualTo(2);
      assertThat(done.path("result").path("vectors").path(1).path(1).floatValue()).isEqualTo(3f);
      // Three units at two cents a million, rounded up to the smallest amount.
      assertThat(done.path("price").stringValue()).isEqualTo("1");
      assertThat(get("/api/account").path("unsettled").stringValue()).isEqualTo("1");
      assertThat(get("/api/account").path("available").stringValue()).isEqualTo("999999");
      assertThat(worker.account().pending()).isEqualTo(TokenAmount.of(1));
      assertThat(worker.account().atRisk()).isEqualTo(TokenAmount.ZERO);
      // Who waited was told from memory; it is what anybody reads afterwards.
      String path = "/api/jobs/" + done.path("id").stringValue();
      var read = Http.send(port, "GET", path, token, null, Map.of("Prefer", "wait=1"));
      assertThat(Http.read(read)).isEqualTo(done);
    }
  }

  @Test
  void what_the_chain_has_settled_is_neither_unsettled_nor_pending_whatever_is_heard_first() {
    TestWorker worker = worker().offers(20_000_000_000L); // 60,000 for "x"
    for (boolean isPurseFirst : List.of(true, false)) {
      JsonNode job = posted(job("x"));
      worker.sends(worker.result(worker.leases()));
      assertThat(worker.account().pending()).isEqualTo(TokenAmount.of(60_000));
      long spent = isPurseFirst ? 60_000 : 120_000;
      var settled =
          new SettledJob(
              Digest.parse(job.path("signedId").stringValue()),
              requester.address(),
              worker.address(),
              TokenAmount.of(60_000),
              TokenAmount.of(54_000),
              spent); // any number that grows will do for the place
      var purse =
          new Purse(
              requester.address(),
              TokenAmount.of(1_000_000 - spent),
              TokenAmount.of(1_000_000),
              TokenAmount.of(spent),
              TokenAmount.ZERO,
              spent);

      if (isPurseFirst) {
        purses.record(purse);
        assertThat(money("available")).isEqualTo(1_000_000 - spent - 60_000);
        settling.settle(List.of(settled));
      } else {
        settling.settle(List.of(settled));
        assertThat(money("unsettled")).isEqualTo(60_000);
        purses.record(purse);
      }

      assertThat(money("unsettled")).isZero();
      assertThat(money("available")).isEqualTo(1_000_000 - spent);
      assertThat(worker.account().pending()).isEqualTo(TokenAmount.ZERO);
      settling.settle(List.of(settled, settled));
      assertThat(money("available")).isEqualTo(1_000_000 - spent);
    }
  }

  private long money(String figure) {
    return Long.parseLong(get("/api/account").path(figure).stringValue());
  }

  @Test
  void anyone_can_check_who_answered() {
    TestWorker worker = worker().offers(20_000);
    JsonNode job = posted(job("check me"));
    worker.sends(worker.result(worker.leases()));

    JsonNode shown = get("/api/jobs/" + job.path("id").stringValue() + "/attestation");

    var attestation = json.treeToValue(shown.path("attestation"), ResultAttestation.class);
    var signature = Signature.parse(shown.path("signature").stringValue());
    var domain = json.treeToValue(shown.path("domain"), Domain.class);
    assertThat(signature.signerOf(attestation.digest(domain)))
        .contains(new WalletAddress(shown.path("sessionKey").stringValue()));
    assertThat(attestation.jobId().toString()).isEqualTo(job.path("signedId").stringValue());
  }

  @Test
  void the_same_post_again_is_the_same_job() {
    worker().offers(20_000);
    String key = "key-" + UUID.randomUUID();
    var first = post(job("once"), Map.of("Idempotency-Key", key));
    var again = post(job("once"), Map.of("Idempotency-Key", key));
    assertThat(Http.read(again).path("id")).isEqualTo(Http.read(first).path("id"));
    assertThat(again.headers().firstValue("Idempotent-Replayed")).contains("true");
    assertThat(get("/api/account").path("unsettled").stringValue())
        .isEqualTo(Http.read(first).path("maxPrice").stringValue());

    var other = post(job("another"), Map.of("Idempotency-Key", key));
    assertThat(other.statusCode()).isEqualTo(422);
    assertThat(code(other)).isEqualTo("idempotency-conflict");
  }

  @Test
  void however_many_same_posts_arrive_together_there_is_one_job() throws Exception {
    worker().offers(20_000);
    String id = "job_" + UUID.randomUUID();
    String body = job("together").replace("{\"model\"", "{\"id\":\"" + id + "\",\"model\"");
    List<Future<HttpResponse<String>>> answers = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 50; i++) {
        answers.add(threads.submit(() -> post(body, Map.of())));
      }
    }
    for (var answer : answers) {
      assertThat(answer.get().statusCode()).as(answer.get().body()).isEqualTo(202);
      assertThat(Http.read(answer.get()).path("id").stringValue()).isEqualTo(id);
    }
    assertThat(get("/api/jobs").path("data").size()).isEqualTo(1);
  }

  @Test
  void what_nobody_can_do_is_refused_at_the_door_with_what_would_work() {
    var nobody = post(job("x"), Map.of());
    assertThat(code(nobody)).isEqualTo("no-worker");
    worker().offers(20_000_000_000L);
    var unknown = post(job("x").replace("all-minilm-l6-v2", "gpt-9"), Map.of());
    assertThat(code(unknown)).isEqualTo("unknown-model");
    assertThat(unknown.body()).contains("all-minilm-l6-v2");
    var cheap = post(job("x").replace("\"model\"", "\"maxPrice\":\"1\",\"model\""), Map.of());
    assertThat(code(cheap)).isEqualTo("price-too-low");
    assertThat(cheap.body()).contains("60000 would work");
    var elsewhere =
        post(
            job("x").replace("\"model\"", "\"provider\":{\"regions\":[\"mars\"]},\"model\""),
            Map.of());
    assertThat(code(elsewhere)).isEqualTo("no-worker");
    assertThat(elsewhere.body()).contains("eu");
  }

  @Test
  void more_than_the_purse_has_is_not_promised() {
    worker().offers(20_000_000_000L); // 60,000 for "x"
    for (int i = 0; i < 16; i++) {
      posted(job("x").replace("\"model\"", "\"maxPrice\":\"60000\",\"model\""));
    }
    var beyond = post(job("x").replace("\"model\"", "\"maxPrice\":\"60000\",\"model\""), Map.of());
    assertThat(beyond.statusCode()).isEqualTo(402);
    assertThat(code(beyond)).isEqualTo("insufficient-funds");
    assertThat(get("/api/jobs?limit=100").path("data").size()).isEqualTo(16);
    assertThat(get("/api/account").path("available").stringValue()).isEqualTo("40000");
  }

  @Test
  void a_cancelled_job_costs_nothing_and_is_given_to_nobody() {
    TestWorker worker = worker().offers(20_000);
    JsonNode job = posted(job("never mind"));
    String path = "/api/jobs/" + job.path("id").stringValue();
    JsonNode cancelled = Http.read(Http.send(port, "POST", path + "/cancel", token, null));
    assertThat(cancelled.path("status").stringValue()).isEqualTo("cancelled");
    assertThat(get("/api/account").path("unsettled").stringValue()).isEqualTo("0");
    assertThat(worker.asks(1, "0s").leases()).isEmpty();
    assertThat(Http.send(port, "GET", path + "/result", token, null).statusCode()).isEqualTo(409);
  }

  @Test
  void a_leased_job_cannot_be_cancelled_for_free() {
    TestWorker worker = worker().offers(20_000);
    JsonNode job = posted(job("too late"));
    worker.leases();
    var refused =
        Http.send(
            port, "POST", "/api/jobs/" + job.path("id").stringValue() + "/cancel", token, null);
    assertThat(code(refused)).isEqualTo("job-executing");
    assertThat(status(job)).isEqualTo("executing");
  }

  @Test
  void a_job_given_back_goes_to_another_under_the_next_attempt() {
    TestWorker first = worker().offers(10_000);
    JsonNode job = posted(job("hot potato"));
    Lease lease = first.leases();
    TestWorker second = worker().offers(20_000);

    first.givesBack(lease, HandBack.Reason.FAILED);

    Lease next = second.leases();
    assertThat(next.assignment().attempt()).isEqualTo(2);
    assertThat(first.asks(1, "0s").leases()).isEmpty();
    assertThat(first.sends(first.result(lease)).outcome()).isEqualTo(Outcome.LATE);
    assertThat(second.sends(second.result(next)).outcome()).isEqualTo(Outcome.ACCEPTED);
    JsonNode trace = get("/api/jobs/" + job.path("id").stringValue() + "/match-trace");
    assertThat(trace.path("attempts").path(0).path("ended").stringValue()).isEqualTo("failed");
    assertThat(trace.path("attempts").path(1).path("ended").stringValue()).isEqualTo("attested");
    assertThat(trace.path("now").path("candidates").toString()).contains("tried-before");
  }

  @Test
  void who_gives_back_again_and_again_is_no_longer_asked() {
    TestWorker fickle = worker().offers(10_000);
    JsonNode job = posted(job("not now"));
    fickle.givesBack(fickle.leases(), HandBack.Reason.LEAVING);
    fickle.givesBack(fickle.leases(), HandBack.Reason.LEAVING);
    assertThat(fickle.asks(1, "0s").leases()).isEmpty();
    TestWorker steady = worker().offers(20_000);
    Lease lease = steady.leases();
    assertThat(lease.assignment().attempt()).isEqualTo(3);
    assertThat(steady.sends(steady.result(lease)).outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(status(job)).isEqualTo("attested");
  }

  @Test
  void an_offer_without_stake_behind_it_makes_no_price() {
    TestWorker poor = worker().offers(1);
    keys.stake(poor.address(), TokenAmount.of(3));
    var nobody = post(job("x"), Map.of());
    assertThat(code(nobody)).isEqualTo("no-worker");
  }

  @Test
  void after_three_workers_failed_the_money_is_released() {
    TestWorker first = worker().offers(20_000);
    JsonNode job = posted(job("poison"));
    first.givesBack(first.leases(), HandBack.Reason.FAILED);
    for (int i = 0; i < 2; i++) {
      TestWorker next = worker().offers(20_000);
      next.givesBack(next.leases(), HandBack.Reason.FAILED);
    }
    assertThat(status(job)).isEqualTo("unserved");
    assertThat(get("/api/account").path("unsettled").stringValue()).isEqualTo("0");
  }

  @Test
  void a_job_for_one_worker_that_failed_on_it_is_left_to_nobody_and_ends_at_once() {
    TestWorker sole = worker().offers(20_000);
    worker().offers(20_000);
    JsonNode job =
        posted(
            job("only you")
                .replace(
                    "\"model\"",
                    "\"provider\":{\"only\":[\"%s\"]},\"model\"".formatted(sole.address())));
    sole.givesBack(sole.leases(), HandBack.Reason.FAILED);
    assertThat(status(job)).isEqualTo("unserved");
    assertThat(get("/api/account").path("unsettled").stringValue()).isEqualTo("0");
  }

  @Test
  void a_silent_workers_lease_lapses_and_another_gets_the_job() {
    TestWorker silent = worker().offers(10_000);
    posted(job("hello?"));
    Lease lease = silent.leases();
    TestWorker other = worker().offers(20_000);
    LeaseAnswer answer = other.asks(1, "25s"); // three heartbeats of two seconds are missed
    assertThat(answer.leases()).hasSize(1);
    assertThat(answer.leases().getFirst().assignment().attempt()).isEqualTo(2);
    assertThat(silent.beats(lease).stop()).containsExactly(lease.ref());
    assertThat(silent.sends(silent.result(lease)).outcome()).isEqualTo(Outcome.LATE);
  }

  @Test
  void heartbeats_keep_a_lease() {
    TestWorker worker = worker().offers(10_000);
    JsonNode job = posted(job("slow"));
    Lease lease = worker.leases();
    await()
        .pollInterval(Duration.ofMillis(500))
        .during(Duration.ofSeconds(8))
        .atMost(Duration.ofSeconds(20))
        .until(() -> worker.beats(lease).stop().isEmpty());
    assertThat(worker.sends(worker.result(lease)).outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(status(job)).isEqualTo("attested");
  }

  @Test
  void the_same_result_again_is_a_duplicate_and_another_is_kept_as_evidence() {
    TestWorker worker = worker().offers(10_000);
    JsonNode job = posted(job("twice"));
    Lease lease = worker.leases();
    ResultSubmission result = worker.result(lease);
    assertThat(worker.sends(result).outcome()).isEqualTo(Outcome.ACCEPTED);
    assertThat(worker.sends(result).outcome()).isEqualTo(Outcome.DUPLICATE);

    var contrary = worker.result(lease, TestWorker.vectors(lease.input(), 2));
    assertThat(worker.sends(contrary).outcome()).isEqualTo(Outcome.CONTRADICTION);
    var third = worker.result(lease, TestWorker.vectors(lease.input(), 3));
    assertThat(worker.sends(third).outcome()).isEqualTo(Outcome.CONTRADICTION);

    assertThat(
            jdbc.sql(
                    "select count(*) from contradiction c join job j on j.id = c.job where j.id ="
                        + " :id")
                .param("id", UUID.fromString(job.path("id").stringValue().substring(4)))
                .query(Long.class)
                .single())
        .isEqualTo(1);
    assertThat(get("/api/account").path("unsettled").stringValue()).isEqualTo("1");
  }

  @Test
  void a_forged_result_is_refused_and_the_lease_goes_on() {
    TestWorker worker = worker().offers(10_000);
    posted(job("mine"));
    Lease lease = worker.leases();
    TestWorker thief = worker().offers(10_000);

    assertThat(thief.sends(thief.result(lease)).outcome()).isEqualTo(Outcome.LATE);
    ResultSubmission honest = worker.result(lease);
    var swapped =
        new ResultSubmission(
            honest.attestation(),
            honest.signature(),
            honest.outputSalt(),
            TestWorker.vectors(lease.input(), 9));
    assertThat(worker.sends(swapped).outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(worker.sends(swapped).because()).contains("outputCommitment");
    var unsigned =
        new ResultSubmission(
            honest.attestation(),
            thief.result(lease).signature(),
            honest.outputSalt(),
            honest.output());
    assertThat(worker.sends(unsigned).outcome()).isEqualTo(Outcome.REFUSED);

    assertThat(worker.sends(honest).outcome()).isEqualTo(Outcome.ACCEPTED);
  }

  @Test
  void an_overdue_job_expires_and_its_money_is_released() {
    worker().offers(10_000);
    JsonNode job = posted(job("hurry").replace("\"model\"", "\"deadlineSeconds\":1,\"model\""));
    await().atMost(Duration.ofSeconds(20)).until(() -> status(job).equals("expired"));
    assertThat(get("/api/account").path("unsettled").stringValue()).isEqualTo("0");
  }

  @Test
  void a_job_that_cannot_expire_keeps_no_other() {
    worker().offers(10_000);
    JsonNode stuck = posted(job("stuck").replace("\"model\"", "\"deadlineSeconds\":2,\"model\""));
    JsonNode other = posted(job("other").replace("\"model\"", "\"deadlineSeconds\":2,\"model\""));
    String refused =
        "alter table job_end add constraint stuck check (job <> '%s')"
            .formatted(JobId.parse(stuck.path("id").stringValue()).uuid());
    jdbc.sql(refused).update();
    try {
      await().atMost(Duration.ofSeconds(20)).until(() -> status(other).equals("expired"));
      assertThat(status(stuck)).isEqualTo("open");
    } finally {
      jdbc.sql("alter table job_end drop constraint stuck").update();
    }
    await().atMost(Duration.ofSeconds(20)).until(() -> status(stuck).equals("expired"));
  }

  @Test
  void the_nil_uuid_names_no_job() {
    worker().offers(10_000);
    var answer =
        post(
            job("nil")
                .replace(
                    "\"model\"", "\"id\":\"job_00000000-0000-0000-0000-000000000000\",\"model\""),
            Map.of());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    assertThat(answer.body()).contains("The nil UUID names no job");
  }

  @Test
  void an_idle_worker_is_told_why() {
    TestWorker worker = worker();
    assertThat(worker.asks(1, "0s").idleBecause()).contains("offer nothing");
    worker.offers(10_000);
    assertThat(worker.asks(1, "0s").idleBecause()).contains("No job is open");
    keys.stake(worker.address(), TokenAmount.of(1_000_000));
    worker().offers(10_000); // has the stake, and does not ask for work
    posted(job("x").replace("\"model\"", "\"provider\":{\"minStake\":\"2000000\"},\"model\""));
    LeaseAnswer answer = worker.asks(1, "0s");
    assertThat(answer.skipped()).isEqualTo(Map.of("stake-below-wish", 1));
    assertThat(answer.idleBecause()).contains("1 not given: stake-below-wish");
  }

  @Test
  void two_tenants_cannot_tell_each_others_jobs_from_random_ones() {
    worker().offers(10_000);
    JsonNode job = posted(job("secret"));
    String other = TestWallet.create().signIn(port);
    String random = "job_" + UUID.randomUUID();
    for (String path : List.of("", "/result", "/match-trace", "/attestation", "/events")) {
      var theirs =
          Http.send(port, "GET", "/api/jobs/" + job.path("id").stringValue() + path, other, null);
      var nothing = Http.send(port, "GET", "/api/jobs/" + random + path, other, null);
      assertThat(theirs.statusCode()).as(path).isEqualTo(404);
      assertThat(withoutId(theirs)).as(path).isEqualTo(withoutId(nothing));
    }
  }

  private static String withoutId(HttpResponse<String> answer) {
    return answer.body().replaceAll("req_[0-9a-f-]{36}", "");
  }

  @Test
  void however_many_follow_a_job_that_has_ended_each_is_told_the_end() throws Exception {
    TestWorker worker = worker().offers(20_000);
    JsonNode job = posted(job("over"));
    worker.sends(worker.result(worker.leases()));
    String events = "/api/jobs/" + job.path("id").stringValue() + "/events";
    List<Future<HttpResponse<String>>> followers = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(FEWER_THAN_CONNECTIONS)) {
      for (int i = 0; i < 100; i++) {
        followers.add(threads.submit(() -> Http.send(port, "GET", events, token, null)));
      }
    }
    for (var follower : followers) {
      assertThat(follower.get().statusCode()).isEqualTo(200);
      assertThat(follower.get().body()).containsOnlyOnce("event: attested");
    }
  }

  @Test
  void many_jobs_and_workers_each_job_ends_once() throws Exception {
    int count = 200;
    List<TestWorker> crowd = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      crowd.add(worker().offers(10_000 + i));
    }
    AtomicInteger accepted = new AtomicInteger();
    List<ResultAnswer> others = new CopyOnWriteArrayList<>();
    List<Future<?>> posting = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < count; i++) {
        String text = "job " + i;
        posting.add(threads.submit(() -> posted(job(text))));
      }
      List<Future<?>> working = new ArrayList<>();
      for (TestWorker worker : crowd) {
        working.add(
            threads.submit(() -> {
              while (accepted.get() < count && others.isEmpty()) {
                for (Lease lease : worker.asks(4, "1s").leases()) {
                  var answer = worker.sends(worker.result(lease));
                  if (answer.outcome() == Outcome.ACCEPTED) {
                    accepted.incrementAndGet();
                  } else {
                    others.add(answer);
                  }
                }
              }
            }));
      }
      for (Future<?> one : posting) {
        one.get();
      }
      for (Future<?> one : working) {
        one.get();
      }
    }
    assertThat(others).isEmpty();
    assertThat(accepted).hasValue(count);
    assertThat(
            jdbc.sql(
                    """
                    select count(*) from job_end e join job j on j.id = e.job
                    where j.requester = :requester and e.outcome = 'attested'
                    """)
                .param("requester", requester.address().hex())
                .query(Long.class)
                .single())
        .isEqualTo(count);
    // Every account in sum, whatever happened: what was given is what was taken.
    assertThat(
            jdbc.sql(
                    """
                    select (select coalesce(sum(amount), 0) from transfer where kind = 'reserve' and debit = :account)
                         - (select coalesce(sum(amount), 0) from transfer where kind in ('return', 'release')
                            and credit = :account)
                         - (select unsettled from purse where requester = :requester)
                    """)
                .param("account", "available:" + requester.address().hex())
                .param("requester", requester.address().hex())
                .query(Long.class)
                .single())
        .isZero();
  }

  @Test
  void digests_of_outputs_are_what_the_worker_signed() {
    TestWorker worker = worker().offers(10_000);
    JsonNode job = posted(job("digest"));
    Lease lease = worker.leases();
    Digest digest = TestWorker.vectors(lease.input(), 1).digest();
    worker.sends(worker.result(lease));
    JsonNode result = get("/api/jobs/" + job.path("id").stringValue() + "/result?encoding=base64");
    assertThat(result.path("outputDigest").stringValue()).isEqualTo(digest.toString());
    assertThat(result.path("float32").stringValue()).isNotEmpty();
  }
}
