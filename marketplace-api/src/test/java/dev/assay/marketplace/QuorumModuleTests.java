package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.assay.marketplace.audit.TestCourt;
import dev.assay.marketplace.job.Quorums;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.receipt.CheckReceipt;
import dev.assay.protocol.receipt.JobReceipt;
import dev.assay.protocol.receipt.ReceiptStatus;
import dev.assay.protocol.receipt.Step;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Lease;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;
import tools.jackson.databind.JsonNode;

/** Several workers compute one job, and none of them sees another's answer. */
@MarketModuleTest
@Timeout(120)
class QuorumModuleTests {
  private static final float RIGHT = 1;

  private final int port;
  private final TestMarket market;
  private final TestCourt court;
  private final JdbcClient jdbc;
  private final Quorums quorums;
  private final TransactionOperations transaction;
  private final List<TestWorker> workers = new ArrayList<>();

  private TestRequester requester;

  QuorumModuleTests(
      @LocalServerPort int port,
      @Autowired TestMarket market,
      @Autowired TestCourt court,
      @Autowired JdbcClient jdbc,
      @Autowired Quorums quorums,
      @Autowired TransactionOperations transaction) {
    this.port = port;
    this.market = market;
    this.court = court;
    this.jdbc = jdbc;
    this.quorums = quorums;
    this.transaction = transaction;
  }

  @BeforeEach
  void parties() {
    market.opens();
    requester = market.requester(1_000);
    for (int i = 0; i < 3; i++) {
      workers.add(market.worker().offers(1_000_000, 4, "region-" + i));
    }
  }

  @AfterEach
  void leave() {
    market.closes();
  }

  private String body(String verification, String more) {
    return """
    {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["once"]},"verification":"%s",
     "provider":{"only":[%s]}%s}\
    """
        .formatted(
            verification,
            workers.stream()
                .map(worker -> "\"" + worker.address() + "\"")
                .collect(Collectors.joining(",")),
            more);
  }

  private String posted(String verification) {
    return requester.posts(body(verification, ""));
  }

  /** One of each worker. */
  private List<Lease> leases() {
    List<Lease> leases = new ArrayList<>();
    for (TestWorker worker : workers) {
      List<Lease> given = worker.asks(4, "5s").leases();
      assertThat(given).hasSize(1);
      leases.add(given.getFirst());
    }
    return leases;
  }

  private void answer(int which, List<Lease> leases, float value) {
    TestWorker worker = workers.get(which);
    Lease lease = leases.get(which);
    worker.sends(worker.result(lease, TestWorker.vectors(lease.input(), value)));
  }

  private JsonNode get(String path) {
    return requester.sees(path);
  }

  private HttpResponse<String> posts(String job) {
    return requester.sends("POST", "/api/jobs", job);
  }

  @Test
  void requesters_take_turns_where_quorums_are_decided() {
    JobId first = JobId.parse(posted("quorum:2/3"));
    JobId second = JobId.parse(posted("quorum:2/3"));
    TestRequester other = market.requester(1_000);
    JobId single = JobId.parse(other.posts(body("quorum:2/3", "")));
    List<JobId> ripe =
        transaction.execute(unseen -> {
          jdbc.sql(
                  """
                  with ended as (delete from open_job where requester in (:one, :other) returning job)
                  insert into job_end (job, outcome, because, at) select job, 'expired', '', now() from ended
                  """)
              .param("one", requester.address().hex())
              .param("other", other.address().hex())
              .update();
          List<JobId> found = quorums.ripe(1_000);
          unseen.setRollbackOnly();
          return found;
        });
    assertThat(ripe).containsSubsequence(first, single, second);
  }

  private JsonNode decided(String job) {
    return requester.waitsFor(job);
  }

  @Test
  void each_of_three_has_one_voice_and_nobody_sees_an_answer_before_all_have_committed() {
    String job = posted("quorum:2/3");
    assertThat(requester.job(job).path("maxPrice").stringValue()).isEqualTo("18");
    assertThat(requester.unsettled()).isEqualTo("18");
    List<Lease> leases = leases();
    Set<String> names = new HashSet<>();
    leases.forEach(lease -> names.add(lease.assignment().jobId().toString()));
    assertThat(names).hasSize(3);

    answer(0, leases, RIGHT);
    answer(1, leases, RIGHT);
    assertThat(requester.job(job).path("status").stringValue()).isEqualTo("executing");
    assertThat(requester.sends("GET", "/api/jobs/" + job + "/result", null).statusCode())
        .isEqualTo(409);
    assertThat(get("/api/jobs").path("data")).hasSize(1);
    answer(2, leases, RIGHT);

    JsonNode body = requester.waitsFor(job);
    assertThat(body.path("status").stringValue()).isEqualTo("attested");
    assertThat(body.path("verification").stringValue()).isEqualTo("quorum:2/3");
    assertThat(body.path("price").stringValue()).isEqualTo("9");
    assertThat(body.path("result").path("vectors")).hasSize(1);
    JsonNode assurance = body.path("assurance");
    assertThat(assurance.path("level").stringValue()).isEqualTo("quorum");
    assertThat(assurance.path("asked").intValue()).isEqualTo(3);
    assertThat(assurance.path("agreeing").intValue()).isEqualTo(3);
    assertThat(assurance.path("errorBound").doubleValue()).isCloseTo(0.008, within(1e-12));
    assertThat(assurance.path("independence").path("regions").doubleValue())
        .isCloseTo(3, within(1e-9));
    assertThat(assurance.path("independence").path("hardware").doubleValue())
        .isCloseTo(1, within(1e-9));
    assertThat(requester.unsettled()).isEqualTo("9");
  }

  @Test
  void who_follows_a_quorum_is_told_nothing_of_an_answer_before_it_is_decided()
      throws InterruptedException {
    String job = posted("quorum:2/3");
    List<Lease> leases = leases();
    try (var feed = new TestFeed(port, requester.token(), job)) {
      assertThat(feed.poll(10)).extracting(TestFeed.Event::name).isEqualTo("executing");
      // Its own voice and another have ended; whoever looks anew is told as little.
      answer(0, leases, RIGHT);
      answer(1, leases, RIGHT + 1);
      assertThat(feed.poll(1)).isNull();
      try (var late = new TestFeed(port, requester.token(), job)) {
        assertThat(late.poll(10))
            .satisfies(event -> assertThat(event.name()).isNotEqualTo("attested"))
            .satisfies(event -> assertThat(event.data().has("usage")).isFalse());
        answer(2, leases, RIGHT);
        for (TestFeed follower : List.of(feed, late)) {
          TestFeed.Event last = follower.poll(20);
          assertThat(last).extracting(TestFeed.Event::name).isEqualTo("attested");
        }
      }
    }
  }

  @Test
  void who_follows_a_quorum_that_disagrees_is_told_so() throws InterruptedException {
    String job = posted("quorum:2/3");
    List<Lease> leases = leases();
    try (var feed = new TestFeed(port, requester.token(), job)) {
      assertThat(feed.poll(10)).isNotNull();
      for (int i = 0; i < 3; i++) {
        answer(i, leases, RIGHT + i);
      }
      assertThat(feed.poll(20))
          .satisfies(event -> assertThat(event.name()).isEqualTo("disagreed"))
          .satisfies(event ->
              assertThat(event.data().path("because").stringValue()).contains("no 2 agree"));
    }
  }

  @Test
  void who_differs_from_a_quorum_is_outvoted_and_audited_whatever_its_record() {
    workers.forEach(
        worker -> court.trusts(worker.address(), KnownModels.ALL_MINILM_L6_V2.digest()));
    String job = posted("quorum:2/3");
    List<Lease> leases = leases();
    for (int i = 0; i < 3; i++) {
      answer(i, leases, i == 1 ? 7 : RIGHT);
    }

    JsonNode body = decided(job);
    assertThat(body.path("status").stringValue()).isEqualTo("attested");
    assertThat(body.path("worker").stringValue()).isNotEqualTo(workers.get(1).address().hex());
    assertThat(body.path("assurance").path("agreeing").intValue()).isEqualTo(2);
    assertThat(body.path("assurance").path("errorBound").doubleValue())
        .isCloseTo(0.104, within(1e-9));
    long epoch = court.closes();
    assertThat(court.seals(epoch)).isTrue();
    assertThat(rate(workers.get(0))).isEqualTo(300);
    assertThat(rate(workers.get(1))).isEqualTo(10_000);
    assertThat(rate(workers.get(2))).isEqualTo(300);
  }

  @Test
  void who_answered_before_a_quorum_was_decided_may_turn_out_to_be_alone_and_is_audited() {
    workers.forEach(
        worker -> court.trusts(worker.address(), KnownModels.ALL_MINILM_L6_V2.digest()));
    String job = posted("quorum:2/3");
    for (int i = 0; i < 2; i++) { // the third does not ask for work yet
      TestWorker worker = workers.get(i);
      Lease lease = worker.leases();
      worker.sends(worker.result(lease, TestWorker.vectors(lease.input(), RIGHT + i)));
    }
    assertThat(court.seals(court.closes())).isTrue();
    assertThat(requester.job(job).path("status").stringValue()).isEqualTo("executing");
    assertThat(rate(workers.get(0))).isEqualTo(10_000);
    assertThat(rate(workers.get(1))).isEqualTo(10_000);

    TestWorker last = workers.get(2);
    Lease lease = last.leases();
    last.sends(last.result(lease, TestWorker.vectors(lease.input(), RIGHT)));

    assertThat(decided(job).path("assurance").path("agreeing").intValue()).isEqualTo(2);
    assertThat(court.seals(court.closes())).isTrue();
    assertThat(rate(last)).isEqualTo(300);
  }

  @Test
  void each_voice_has_a_receipt_for_the_requester_and_for_nobody_else() {
    String job = posted("quorum:2/3");
    List<Lease> leases = leases();
    assertThat(requester.receipt(job, "?voice=2").status())
        .isEqualTo(ReceiptStatus.AWAITING_RESULT);
    answer(0, leases, RIGHT);
    answer(1, leases, RIGHT);
    for (int voice = 1; voice <= 3; voice++) { // nobody's answer shows yet
      assertThat(requester.receipt(job, "?voice=" + voice).result()).isNull();
    }
    String second =
        body("quorum:2/3", ",\"id\":\"%s\"".formatted(requester.receipt(job, "?voice=2").job()));
    assertThat(requester.sends("POST", "/api/jobs", second).statusCode())
        .as("a voice cannot be posted again")
        .isEqualTo(422);
    answer(2, leases, RIGHT + 1);
    String counts = decided(job).path("worker").stringValue();

    Set<WalletAddress> signers = new HashSet<>();
    Set<JobId> names = new HashSet<>();
    for (int voice = 1; voice <= 3; voice++) {
      JobReceipt receipt = requester.receipt(job, "?voice=" + voice);
      assertThat(receipt.status()).isEqualTo(ReceiptStatus.AWAITING_SEAL);
      assertThat(CheckReceipt.offline(receipt))
          .filteredOn(step -> !step.holds())
          .extracting(Step::name)
          .containsExactly("status"); // which is not final
      WalletAddress signer = Objects.requireNonNull(receipt.result()).attestation().worker();
      assertThat(receipt.equals(requester.receipt(job))).isEqualTo(signer.hex().equals(counts));
      signers.add(signer);
      names.add(receipt.job());
    }
    assertThat(signers)
        .containsExactlyInAnyOrderElementsOf(workers.stream().map(TestWorker::address).toList());
    assertThat(names).hasSize(3).contains(JobId.parse(job));
    String path = "/api/jobs/" + job + "/receipt?voice=";
    assertThat(requester.sends("GET", path + "4", null).statusCode()).isEqualTo(404);
    assertThat(requester.sends("GET", path + "0", null).statusCode()).isEqualTo(400);
    assertThat(market.requester(0).sends("GET", path + "2", null).statusCode()).isEqualTo(404);
  }

  private int rate(TestWorker worker) {
    return jdbc.sql("select audit_rate from sealed_leaf where worker = :worker")
        .param("worker", worker.address().hex())
        .query(Integer.class)
        .single();
  }

  @Test
  void where_too_few_agree_there_is_no_result_and_the_requester_is_told() {
    String job = posted("quorum:2/3");
    List<Lease> leases = leases();
    for (int i = 0; i < 3; i++) {
      answer(i, leases, RIGHT + i);
    }

    JsonNode body = decided(job);
    assertThat(body.path("status").stringValue()).isEqualTo("disagreed");
    assertThat(body.path("because").stringValue()).contains("no 2 agree");
    assertThat(body.has("assurance")).isFalse();
    assertThat(requester.sends("GET", "/api/jobs/" + job + "/result", null).statusCode())
        .isEqualTo(409);
  }

  @Test
  void one_that_fails_is_no_voice_and_the_others_are_enough() {
    String job = posted("quorum:2/3");
    List<Lease> leases = leases();
    workers.getFirst().givesBack(leases.getFirst(), HandBack.Reason.FAILED);
    answer(1, leases, RIGHT);
    answer(2, leases, RIGHT);
    jdbc.sql(
            "update open_job set deadline = now() - interval '1 second' where requester ="
                + " :requester")
        .param("requester", requester.address().hex())
        .update();

    JsonNode body = decided(job);
    assertThat(body.path("status").stringValue()).isEqualTo("attested");
    assertThat(body.path("assurance").path("agreeing").intValue()).isEqualTo(2);
    assertThat(body.path("price").stringValue()).isEqualTo("6");
    assertThat(signer(job)).isEqualTo(body.path("worker").stringValue());
  }

  @Test
  void what_is_shown_of_a_quorum_is_signed_by_a_voice_that_counts() {
    String job = posted("quorum:2/3");
    List<Lease> leases = leases();
    answer(0, leases, 7);
    answer(1, leases, RIGHT);
    answer(2, leases, RIGHT);

    JsonNode body = decided(job);
    assertThat(body.path("worker").stringValue()).isNotEqualTo(workers.getFirst().address().hex());
    assertThat(signer(job)).isEqualTo(body.path("worker").stringValue());
    assertThat(Objects.requireNonNull(requester.receipt(job).result()).attestation().worker().hex())
        .isEqualTo(body.path("worker").stringValue());
  }

  private String signer(String job) {
    return get("/api/jobs/" + job + "/attestation")
        .path("attestation")
        .path("worker")
        .stringValue();
  }

  @Test
  void all_voices_are_held_for_or_none() {
    market.funds(requester.address(), 17);
    var answer = posts(body("quorum:2/3", ""));
    assertThat(answer.statusCode()).isEqualTo(402);
    assertThat(answer.body()).contains("18 would be held");
    assertThat(requester.unsettled()).isEqualTo("0");
    assertThat(get("/api/jobs").path("data")).isEmpty();
    assertThat(posts(body("quorum:2/3", ",\"maxPrice\":\"17\"")).statusCode()).isEqualTo(422);
    market.funds(requester.address(), 18);
    assertThat(posts(body("quorum:2/3", ",\"maxPrice\":\"18\"")).statusCode()).isEqualTo(202);
  }

  @Test
  void a_quote_says_what_all_voices_cost_and_how_sure_one_would_be() {
    JsonNode quote = Http.read(requester.sends("POST", "/api/quotes", body("quorum:3/3", "")));
    assertThat(quote.path("lowest").stringValue()).isEqualTo("18");
    assertThat(quote.path("verification").stringValue()).isEqualTo("quorum:3/3");
    assertThat(quote.path("assurance").path("level").stringValue()).isEqualTo("quorum");
    assertThat(quote.path("assurance").path("errorBound").doubleValue())
        .isCloseTo(0.008, within(1e-12));
    JsonNode spot = Http.read(requester.sends("POST", "/api/quotes", body("spot", "")));
    assertThat(spot.path("lowest").stringValue()).isEqualTo("6");
    assertThat(spot.path("assurance").path("level").stringValue()).isEqualTo("spot");
    assertThat(spot.path("assurance").path("errorBound").doubleValue()).isBetween(0.2, 0.3);
  }

  @Test
  void what_is_no_quorum_or_cannot_be_found_is_refused_at_the_door() {
    for (String wrong : List.of("quorum:1/3", "quorum:4/3", "quorum:9/16", "certain")) {
      assertThat(posts(body(wrong, "")).statusCode()).as(wrong).isEqualTo(400);
    }
    var answer = posts(body("quorum:3/4", ""));
    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body()).contains("wants 4 workers, and 3");
  }

  @Test
  void a_quorum_is_taken_back_whole_and_not_while_anybody_works_on_it() {
    String job = posted("quorum:2/3");
    workers.getFirst().leases();
    assertThat(requester.sends("POST", "/api/jobs/" + job + "/cancel", null).statusCode())
        .isEqualTo(409);
    String other = posted("quorum:2/3");
    assertThat(requester.sends("POST", "/api/jobs/" + other + "/cancel", null).statusCode())
        .isEqualTo(200);
    assertThat(decided(other).path("status").stringValue()).isEqualTo("cancelled");
    assertThat(requester.unsettled()).isEqualTo("18");
  }

  @Test
  void a_chat_of_which_a_voice_is_spoken_goes_on_when_it_is_not_taken_back() {
    workers.forEach(worker -> worker.offersAll(1_000_000));
    String job =
        requester.posts(
            """
            {"model":"tiny-lm","input":{"kind":"chat","messages":[{"role":"user","content":"Hi"}],
             "maxTokens":10,"temperatureMilli":0,"seed":1},"verification":"quorum:2/3"}\
            """);
    TestWorker worker = workers.getFirst();
    Lease lease = worker.leases();

    assertThat(requester.sends("POST", "/api/jobs/" + job + "/cancel", null).statusCode())
        .isEqualTo(409);

    assertThat(worker.beats(lease).cancel()).isEmpty();
    assertThat(
            jdbc.sql(
                    """
                    select count(*) from cancellation c join job j on j.id = c.job
                    where j.signed_id = :job
                    """)
                .param("job", lease.ref().jobId().toBytes())
                .query(Long.class)
                .single())
        .isZero();
  }
}
