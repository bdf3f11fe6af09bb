package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.audit.TestCourt;
import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.marketplace.purse.Purse;
import dev.assay.marketplace.purse.RecordPurse;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.event.JobCleared;
import dev.assay.protocol.receipt.CheckReceipt;
import dev.assay.protocol.receipt.JobReceipt;
import dev.assay.protocol.receipt.ReadReceipt;
import dev.assay.protocol.receipt.ReceiptStatus;
import dev.assay.protocol.replay.ModelFiles;
import dev.assay.protocol.replay.StrictReplay;
import dev.assay.protocol.wire.Lease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
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

/**
 * The market replays an answer itself before it shows it: with the real model, against workers that
 * compute it, and one that does not.
 */
@MarketModuleTest
@Timeout(120)
class StrictModuleTests {
  private static final AtomicInteger WALLETS = new AtomicInteger(0xc000);
  private static final AtomicInteger POSITIONS = new AtomicInteger();

  /** Of a worker, not of the market, though both run the same model. */
  private static final StrictReplay MODEL =
      StrictReplay.of(
          KnownModels.ALL_MINILM_L6_V2,
          new ModelFiles(StrictModuleTests.class.getClassLoader(), null));

  private final int port;
  private final BoundKeys keys;
  private final RecordPurse purses;
  private final TestCourt court;
  private final JdbcClient jdbc;
  private final List<TestWorker> workers = new ArrayList<>();

  private TestWallet requester;
  private String token;
  private TestWorker cheap;
  private TestWorker dear;

  StrictModuleTests(
      @LocalServerPort int port,
      @Autowired BoundKeys keys,
      @Autowired RecordPurse purses,
      @Autowired TestCourt court,
      @Autowired JdbcClient jdbc) {
    this.port = port;
    this.keys = keys;
    this.purses = purses;
    this.court = court;
    this.jdbc = jdbc;
  }

  @BeforeEach
  void parties() {
    requester = TestWallet.create();
    token = requester.signIn(port);
    funds(1_000);
    cheap = worker(1_000_000);
    dear = worker(2_000_000);
  }

  @AfterEach
  void leave() {
    workers.forEach(TestWorker::leaves);
  }

  private TestWorker worker(long pricePerMillion) {
    var key = TestWallet.create();
    var address = new WalletAddress("0x%040x".formatted(WALLETS.incrementAndGet()));
    keys.bind(key.address(), address);
    var worker = new TestWorker(port, address, key).offers(pricePerMillion);
    workers.add(worker);
    return worker;
  }

  private void funds(long amount) {
    TokenAmount sum = TokenAmount.of(amount);
    purses.record(
        new Purse(
            requester.address(),
            sum,
            sum,
            TokenAmount.ZERO,
            TokenAmount.ZERO,
            POSITIONS.incrementAndGet()));
  }

  private String body(List<String> texts, List<TestWorker> only) {
    return """
    {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":[%s]},"verification":"strict",
     "provider":{"only":[%s]}}\
    """
        .formatted(
            quoted(texts), quoted(only.stream().map(worker -> worker.address().hex()).toList()));
  }

  private static String quoted(List<String> texts) {
    return texts.stream().map(text -> "\"" + text + "\"").collect(Collectors.joining(","));
  }

  private String posted(String text, TestWorker... only) {
    var answer = Http.send(port, "POST", "/api/jobs", token, body(List.of(text), List.of(only)));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    return Http.read(answer).path("id").stringValue();
  }

  /** As a worker's faster runtime gives it: not to the last bit. */
  private static EmbeddingsOutput right(JobInput input) {
    EmbeddingsOutput exact = MODEL.embed((EmbeddingsInput) input);
    return EmbeddingsOutput.of(
        IntStream.range(0, exact.count())
            .mapToObj(i -> {
              float[] vector = exact.vector(i);
              vector[0] += 1e-6f;
              return vector;
            })
            .toList());
  }

  /** What a model whose weights were rounded gives: near, and not near enough. */
  private static EmbeddingsOutput nearlyRight(JobInput input) {
    float[] vector = MODEL.embed((EmbeddingsInput) input).vector(0);
    vector[0] += 1e-4f;
    return EmbeddingsOutput.of(List.of(vector));
  }

  private void answersRightly(TestWorker worker) {
    Lease lease = worker.leases();
    worker.sends(worker.result(lease, right(lease.input())));
  }

  private void answersWrongly(TestWorker worker) {
    Lease lease = worker.leases();
    worker.sends(worker.result(lease, nearlyRight(lease.input())));
  }

  private JsonNode get(String path) {
    return Http.json(port, "GET", path, token, null, JsonNode.class);
  }

  private JsonNode decided(String job) {
    return Http.read(
        Http.send(port, "GET", "/api/jobs/" + job, token, null, Map.of("Prefer", "wait=30")));
  }

  private JobReceipt receipt(String job) {
    return ReadReceipt.of(
        Http.send(port, "GET", "/api/jobs/" + job + "/receipt", token, null).body());
  }

  private String unsettled() {
    return get("/api/account").path("unsettled").stringValue();
  }

  @Test
  void an_answer_that_the_replay_confirms_is_delivered_and_says_so() {
    JsonNode quote =
        Http.json(
            port,
            "POST",
            "/api/quotes",
            token,
            body(List.of("once"), List.of(cheap)),
            JsonNode.class);
    assertThat(quote.path("lowest").stringValue()).isEqualTo("6");
    assertThat(quote.path("verification").stringValue()).isEqualTo("strict");
    assertThat(quote.path("assurance").path("level").stringValue()).isEqualTo("strict");

    String job = posted("once", cheap);
    answersRightly(cheap);
    JsonNode body = decided(job);

    assertThat(body.path("status").stringValue()).isEqualTo("attested");
    assertThat(body.path("verification").stringValue()).isEqualTo("strict");
    assertThat(body.path("price").stringValue()).isEqualTo("3");
    assertThat(body.path("result").path("vectors")).hasSize(1);
    assertThat(body.path("assurance").path("level").stringValue()).isEqualTo("strict");
    assertThat(body.path("assurance").path("errorBound").doubleValue())
        .isEqualTo(quote.path("assurance").path("errorBound").doubleValue(), within(1e-12));
    JobReceipt receipt = receipt(job);
    assertThat(receipt.status()).isEqualTo(ReceiptStatus.AWAITING_SEAL);
    assertThat(CheckReceipt.offline(receipt).stream().filter(step -> !step.holds())).hasSize(1);
  }

  @Test
  void a_wrong_answer_is_never_shown_nor_paid_and_another_worker_gives_the_right_one() {
    court.trusts(cheap.address(), KnownModels.ALL_MINILM_L6_V2.digest());
    String job = posted("twice", cheap, dear);
    answersWrongly(cheap);

    // Whatever the moment: it is no result.
    assertThat(Http.status(port, "GET", "/api/jobs/" + job + "/result", token, null))
        .isEqualTo(409);
    Lease again = dear.leases();
    assertThat(get("/api/jobs/" + job).path("status").stringValue()).isEqualTo("executing");
    assertThat(receipt(job).result()).isNull();
    dear.sends(dear.result(again, right(again.input())));
    JsonNode body = decided(job);

    assertThat(body.path("status").stringValue()).isEqualTo("attested");
    assertThat(body.path("worker").stringValue()).isEqualTo(dear.address().hex());
    assertThat(body.path("price").stringValue()).isEqualTo("6");
    assertThat(get("/api/jobs").path("data")).hasSize(1);
    assertThat(unsettled()).isEqualTo("9");
    long epoch = court.closes();
    assertThat(court.seals(epoch)).isTrue();
    assertThat(rate(cheap)).isEqualTo(10_000);
    court.draws();
    // Nobody is there to execute it again: the replay alone sees to it that it is not paid.
    await().atMost(Duration.ofSeconds(30)).until(() -> unsettled().equals("6"));
    assertThat(reason(cheap)).isEqualTo("unconfirmed");
    await() // its own check ends when its own audit has begun
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(clearedOfBoth()).containsExactly(dear.address()));
    JobReceipt receipt = receipt(job);
    assertThat(receipt.job()).isNotEqualTo(JobId.parse(job));
    assertThat(receipt.result()).isNotNull();
    assertThat(get("/api/jobs/" + job + "/draw-proof").path("leaf").path("worker").stringValue())
        .isEqualTo(dear.address().hex());
    assertThat(get("/api/jobs/" + job).path("assurance").path("level").stringValue())
        .isEqualTo("strict");
  }

  private List<WalletAddress> clearedOfBoth() {
    return court.told(JobCleared.class).stream()
        .map(cleared -> cleared.subject().leaf().worker())
        .filter(worker -> worker.equals(cheap.address()) || worker.equals(dear.address()))
        .distinct()
        .toList();
  }

  private int rate(TestWorker worker) {
    return jdbc.sql("select audit_rate from sealed_leaf where worker = :worker")
        .param("worker", worker.address().hex())
        .query(Integer.class)
        .single();
  }

  private String reason(TestWorker worker) {
    return jdbc.sql(
            "select reason from check_end c join sealed_leaf l on l.job = c.job where worker ="
                + " :worker")
        .param("worker", worker.address().hex())
        .query(String.class)
        .single();
  }

  @Test
  void where_nobody_else_can_be_asked_there_is_no_result_and_nothing_is_charged() {
    String job = posted("thrice", cheap);
    answersWrongly(cheap);
    JsonNode body = decided(job);

    assertThat(body.path("status").stringValue()).isEqualTo("disagreed");
    assertThat(body.path("because").stringValue()).contains("confirms none of 1 answers");
    assertThat(body.has("price")).isFalse();
    assertThat(body.has("assurance")).isFalse();
    assertThat(Http.status(port, "GET", "/api/jobs/" + job + "/result", token, null))
        .isEqualTo(409);
    assertThat(court.seals(court.closes())).isTrue();
    court.draws();
    await().atMost(Duration.ofSeconds(30)).until(() -> unsettled().equals("0"));
    JobReceipt receipt = receipt(job);
    assertThat(receipt.assurance()).isNull();
    assertThat(receipt.status()).isEqualTo(ReceiptStatus.REJECTED);
    assertThat(CheckReceipt.offline(receipt)).allMatch(step -> step.holds());
  }

  @Test
  void a_replay_that_a_crash_left_is_made_by_whoever_comes_next() {
    String job = posted("again", cheap);
    jdbc.sql(
            """
            insert into strict_replay (voice, claimed_until, tries)
            values (:voice, now() + interval '2 seconds', 1)
            """)
        .param("voice", JobId.parse(job).uuid())
        .update();
    answersRightly(cheap);

    assertThat(get("/api/jobs/" + job).path("status").stringValue()).isEqualTo("executing");
    assertThat(decided(job).path("status").stringValue()).isEqualTo("attested");
    assertThat(
            jdbc.sql("select tries from strict_replay where voice = :voice")
                .param("voice", JobId.parse(job).uuid())
                .query(Integer.class)
                .single())
        .isEqualTo(2);
  }

  @Test
  void what_cannot_be_replayed_is_refused_at_the_door_by_name() {
    var chat =
        Http.send(
            port,
            "POST",
            "/api/jobs",
            token,
            """
            {"model":"tiny-words","verification":"strict",
             "input":{"kind":"chat","messages":[{"role":"user","content":"Hi"}],"maxTokens":5,"temperatureMilli":0,"seed":1}}\
            """);
    assertThat(chat.statusCode()).as(chat.body()).isEqualTo(400);
    assertThat(chat.body()).contains("cannot replay tiny-words strictly");
    var long64 =
        Http.send(
            port,
            "POST",
            "/api/quotes",
            token,
            body(IntStream.range(0, 65).mapToObj(String::valueOf).toList(), List.of(cheap)));
    assertThat(long64.statusCode()).isEqualTo(400);
    assertThat(long64.body()).contains("at most 64 texts, and this one has 65");
  }

  @Test
  void a_strict_job_is_taken_back_while_nobody_works_on_it() {
    String job = posted("never", cheap);
    assertThat(Http.status(port, "POST", "/api/jobs/" + job + "/cancel", token, null))
        .isEqualTo(200);
    assertThat(decided(job).path("status").stringValue()).isEqualTo("cancelled");
    assertThat(unsettled()).isEqualTo("0");
  }
}
