package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.audit.TestCourt;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.event.JobCleared;
import dev.assay.protocol.event.VerdictReached;
import dev.assay.protocol.receipt.CheckReceipt;
import dev.assay.protocol.receipt.JobReceipt;
import dev.assay.protocol.receipt.ReceiptStatus;
import dev.assay.protocol.replay.ModelFiles;
import dev.assay.protocol.replay.StrictReplay;
import dev.assay.protocol.wire.Lease;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/**
 * The market replays an answer itself before it shows it: with the real model, against workers that
 * compute it, and one that does not.
 */
@MarketModuleTest
@Timeout(240)
class StrictModuleTests {
  /** Of a worker, not of the market, though both run the same model. */
  private static final StrictReplay MODEL =
      StrictReplay.of(
          KnownModels.ALL_MINILM_L6_V2,
          new ModelFiles(StrictModuleTests.class.getClassLoader(), null));

  /** Of so many, five others sit on one of three committees but once in a million times. */
  private static final int ENOUGH = 30;

  private static final Map<JobInput, EmbeddingsOutput> EXACT = new ConcurrentHashMap<>();

  private final TestMarket market;
  private final TestCourt court;
  private final JdbcClient jdbc;

  private TestRequester requester;
  private TestWorker cheap;
  private TestWorker dear;

  StrictModuleTests(
      @Autowired TestMarket market, @Autowired TestCourt court, @Autowired JdbcClient jdbc) {
    this.market = market;
    this.court = court;
    this.jdbc = jdbc;
  }

  @BeforeEach
  void parties() {
    market.opens();
    requester = market.requester(1_000);
    cheap = market.worker().offers(1_000_000);
    dear = market.worker().offers(2_000_000);
  }

  @AfterEach
  void leave() {
    market.closes();
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

  private static EmbeddingsOutput exact(JobInput input) {
    return EXACT.computeIfAbsent(input, it -> MODEL.embed((EmbeddingsInput) it));
  }

  private String posted(String text, TestWorker... only) {
    exact(new EmbeddingsInput(List.of(text))); // before a lease runs out
    return requester.posts(body(List.of(text), List.of(only)));
  }

  /** As a worker's faster runtime gives it: not to the last bit. */
  private static EmbeddingsOutput right(JobInput input) {
    EmbeddingsOutput exact = exact(input);
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
    float[] vector = exact(input).vector(0);
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

  @Test
  void an_answer_that_the_replay_confirms_is_delivered_and_says_so() {
    JsonNode quote =
        Http.read(requester.sends("POST", "/api/quotes", body(List.of("once"), List.of(cheap))));
    assertThat(quote.path("lowest").stringValue()).isEqualTo("6");
    assertThat(quote.path("verification").stringValue()).isEqualTo("strict");
    assertThat(quote.path("assurance").path("level").stringValue()).isEqualTo("strict");

    String job = posted("once", cheap);
    answersRightly(cheap);
    JsonNode body = requester.waitsFor(job);

    assertThat(body.path("status").stringValue()).isEqualTo("attested");
    assertThat(body.path("verification").stringValue()).isEqualTo("strict");
    assertThat(body.path("price").stringValue()).isEqualTo("3");
    assertThat(body.path("result").path("vectors")).hasSize(1);
    assertThat(body.path("assurance").path("level").stringValue()).isEqualTo("strict");
    assertThat(body.path("assurance").path("errorBound").doubleValue())
        .isEqualTo(quote.path("assurance").path("errorBound").doubleValue(), within(1e-12));
    JobReceipt receipt = requester.receipt(job);
    assertThat(receipt.status()).isEqualTo(ReceiptStatus.AWAITING_SEAL);
    assertThat(CheckReceipt.offline(receipt).stream().filter(step -> !step.holds())).hasSize(1);
  }

  @Test
  void a_wrong_answer_is_never_shown_nor_paid_and_another_worker_gives_the_right_one() {
    court.trusts(cheap.address(), KnownModels.ALL_MINILM_L6_V2.digest());
    String job = posted("twice", cheap, dear);
    answersWrongly(cheap);

    // Whatever the moment: it is no result.
    assertThat(requester.sends("GET", "/api/jobs/" + job + "/result", null).statusCode())
        .isEqualTo(409);
    Lease again = dear.leases();
    assertThat(requester.sees("/api/jobs/" + job).path("status").stringValue())
        .isEqualTo("executing");
    assertThat(requester.receipt(job).result()).isNull();
    dear.sends(dear.result(again, right(again.input())));
    JsonNode body = requester.waitsFor(job);

    assertThat(body.path("status").stringValue()).isEqualTo("attested");
    assertThat(body.path("worker").stringValue()).isEqualTo(dear.address().hex());
    assertThat(body.path("price").stringValue()).isEqualTo("6");
    assertThat(requester.sees("/api/jobs").path("data")).hasSize(1);
    assertThat(requester.unsettled()).isEqualTo("9");
    long epoch = court.closes();
    assertThat(court.seals(epoch)).isTrue();
    assertThat(rate(cheap)).isEqualTo(10_000);
    court.draws();
    // Nobody is there to execute it again: the replay alone sees to it that it is not paid.
    await().atMost(Duration.ofSeconds(90)).until(() -> requester.unsettled().equals("6"));
    assertThat(reason(cheap)).isEqualTo("unconfirmed");
    await() // its own check ends when its own audit has begun
        .atMost(Duration.ofSeconds(90))
        .untilAsserted(() -> assertThat(clearedOfBoth()).containsExactly(dear.address()));
    JobReceipt receipt = requester.receipt(job);
    assertThat(receipt.job()).isNotEqualTo(JobId.parse(job));
    assertThat(receipt.result()).isNotNull();
    assertThat(
            requester
                .sees("/api/jobs/" + job + "/draw-proof")
                .path("leaf")
                .path("worker")
                .stringValue())
        .isEqualTo(dear.address().hex());
    assertThat(requester.sees("/api/jobs/" + job).path("assurance").path("level").stringValue())
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

  /**
   * An answer that is not confirmed, sealed and drawn; verifiers see to it until its check ends.
   */
  private String checkedBy(int count, Function<JobInput, JobOutput> model) {
    List<TestWorker> verifiers = market.verifiers(count);
    String job = posted("judged", cheap);
    answersWrongly(cheap);
    assertThat(requester.waitsFor(job).path("status").stringValue()).isEqualTo("disagreed");
    assertThat(court.seals(court.closes())).isTrue();
    court.draws();
    await()
        .atMost(Duration.ofSeconds(120))
        .until(() -> {
          verifiers.forEach(verifier -> verifier.works(model));
          return requester.sees("/api/jobs/" + job + "/draw-proof").has("check");
        });
    assertThat(requester.unsettled()).isEqualTo("0");
    assertThat(clearedOfBoth()).isEmpty();
    return reason(cheap);
  }

  private List<VerdictReached> verdicts() {
    return court.told(VerdictReached.class).stream()
        .filter(it -> it.evidence().subject().leaf().worker().equals(cheap.address()))
        .toList();
  }

  private String record(TestWorker worker) {
    return jdbc.sql(
            "select coalesce(sum(passes), 0) || ' passed, ' || coalesce(sum(failures), 0) || '"
                + " failed' from standing where worker = :worker")
        .param("worker", worker.address().hex())
        .query(String.class)
        .single();
  }

  @Test
  void a_committee_goes_before_the_replay_where_it_convicts() {
    assertThat(checkedBy(ENOUGH, StrictModuleTests::right)).isEqualTo("invalid");
    assertThat(verdicts()).hasSize(1);
    assertThat(record(cheap)).isEqualTo("0 passed, 1 failed");
  }

  @Test
  void the_replay_goes_before_verifiers_where_they_would_have_it_paid() {
    assertThat(checkedBy(3, StrictModuleTests::nearlyRight)).isEqualTo("unconfirmed");
    assertThat(verdicts()).isEmpty();
    assertThat(record(cheap)).isEqualTo("0 passed, 0 failed"); // nor is it to its credit
  }

  @Test
  void where_nobody_else_can_be_asked_there_is_no_result_and_nothing_is_charged() {
    String job = posted("thrice", cheap);
    answersWrongly(cheap);
    JsonNode body = requester.waitsFor(job);

    assertThat(body.path("status").stringValue()).isEqualTo("disagreed");
    assertThat(body.path("because").stringValue()).contains("confirms none of 1 answers");
    assertThat(body.has("price")).isFalse();
    assertThat(body.has("assurance")).isFalse();
    assertThat(requester.sends("GET", "/api/jobs/" + job + "/result", null).statusCode())
        .isEqualTo(409);
    assertThat(court.seals(court.closes())).isTrue();
    court.draws();
    await().atMost(Duration.ofSeconds(90)).until(() -> requester.unsettled().equals("0"));
    JobReceipt receipt = requester.receipt(job);
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

    assertThat(requester.sees("/api/jobs/" + job).path("status").stringValue())
        .isEqualTo("executing");
    assertThat(requester.waitsFor(job).path("status").stringValue()).isEqualTo("attested");
    assertThat(
            jdbc.sql("select tries from strict_replay where voice = :voice")
                .param("voice", JobId.parse(job).uuid())
                .query(Integer.class)
                .single())
        .isEqualTo(2);
  }

  /** As if another replica made its replay, and did not come to an end. */
  private void holdsUp(String job) {
    jdbc.sql(
            """
            insert into strict_replay (voice, claimed_until, tries)
            values (:voice, now() + interval '1 hour', 1)
            """)
        .param("voice", JobId.parse(job).uuid())
        .update();
  }

  private void goesOn(String... jobs) {
    jdbc.sql("update strict_replay set claimed_until = now() where voice = any(:voices::uuid[])")
        .param(
            "voices",
            Stream.of(jobs).map(job -> JobId.parse(job).uuid().toString()).toArray(String[]::new))
        .update();
  }

  /** An answer whose epoch is sealed and drawn before it is replayed. */
  private String sealedBeforeItsReplay(String text, Consumer<TestWorker> answering) {
    court.trusts(cheap.address(), KnownModels.ALL_MINILM_L6_V2.digest());
    String job = posted(text, cheap);
    holdsUp(job);
    answering.accept(cheap);
    long epoch = court.closes();
    assertThat(court.seals(epoch)).isFalse();
    jdbc.sql("update epoch set closed_at = closed_at - interval '2 minutes' where number = :number")
        .param("number", epoch)
        .update();
    assertThat(court.seals(epoch)).isTrue();
    court.draws();
    return job;
  }

  @Test
  void a_seal_waits_for_the_replay_and_not_for_ever() {
    String job = sealedBeforeItsReplay("in time", this::answersRightly);

    assertThat(rate(cheap)).as("it is not known to be right").isEqualTo(10_000);
    await()
        .during(Duration.ofSeconds(3))
        .atMost(Duration.ofSeconds(10))
        .until(() -> requester.unsettled().equals("3") && ended(cheap) == 0);
    assertThat(requester.job(job).path("status").stringValue()).isEqualTo("executing");
    assertThat(requester.sends("GET", "/api/jobs/" + job + "/result", null).statusCode())
        .isEqualTo(409);
    assertThat(requester.sends("POST", "/api/jobs/" + job + "/cancel", null).body())
        .contains("job-executing");
    assertThat(requester.receipt(job).result()).isNull();

    goesOn(job);
    JsonNode body = requester.waitsFor(job);
    assertThat(body.path("status").stringValue()).isEqualTo("attested");
    assertThat(body.path("assurance").path("level").stringValue()).isEqualTo("strict");
    await() // nobody is there to look at it: it is paid because the replay confirms it
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(clearedOfBoth()).containsExactly(cheap.address()));
    assertThat(reason(cheap)).isEqualTo("unchecked");
  }

  @Test
  void what_is_replayed_after_its_seal_and_is_wrong_is_not_paid() {
    String job = sealedBeforeItsReplay("wrong in time", this::answersWrongly);
    goesOn(job);

    assertThat(requester.waitsFor(job).path("status").stringValue()).isEqualTo("disagreed");
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(ended(cheap)).isEqualTo(1));
    assertThat(reason(cheap)).isEqualTo("unconfirmed");
    assertThat(requester.unsettled()).isEqualTo("0");
    assertThat(clearedOfBoth()).isEmpty();
  }

  private int ended(TestWorker worker) {
    return jdbc.sql(
            "select count(*) from check_end c join sealed_leaf l on l.job = c.job where worker ="
                + " :worker")
        .param("worker", worker.address().hex())
        .query(Integer.class)
        .single();
  }

  @Test
  void requesters_take_turns_where_answers_are_replayed() {
    TestRequester other = market.requester(1_000);
    List<String> many = List.of(posted("one", cheap), posted("two", cheap), posted("three", cheap));
    many.forEach(this::holdsUp);
    many.forEach(_ -> answersRightly(cheap));
    exact(new EmbeddingsInput(List.of("four")));
    String single = other.posts(body(List.of("four"), List.of(cheap)));
    holdsUp(single);
    answersRightly(cheap);

    goesOn(many.get(0), many.get(1), many.get(2), single);
    many.forEach(requester::waitsFor);
    other.waitsFor(single);
    List<JobId> replayed =
        jdbc.sql(
                "select voice from strict_replay where replayed_at is not null order by replayed_at"
                    + " desc limit 4")
            .query((row, _) -> new JobId(row.getObject("voice", UUID.class)))
            .list();
    assertThat(replayed.subList(0, 2))
        .containsExactly(JobId.parse(many.get(2)), JobId.parse(many.get(1)));
    assertThat(replayed.subList(2, 4))
        .containsExactlyInAnyOrder(JobId.parse(many.get(0)), JobId.parse(single));
  }

  @Test
  void one_requester_has_a_bounded_number_of_strict_jobs() {
    for (int i = 0; i < 50; i++) {
      requester.posts(body(List.of("one of many"), List.of(cheap)));
    }
    var refused =
        requester.sends("POST", "/api/jobs", body(List.of("one of many"), List.of(cheap)));
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(429);
    assertThat(refused.body()).contains("At most 50 strict jobs of a requester");
    market.requester(1_000).posts(body(List.of("one of many"), List.of(cheap)));
    requester.posts(
        body(List.of("one of many"), List.of(cheap)).replace(",\"verification\":\"strict\"", ""));
  }

  @Test
  void what_cannot_be_replayed_is_refused_at_the_door_by_name() {
    var chat =
        requester.sends(
            "POST",
            "/api/jobs",
            """
            {"model":"tiny-words","verification":"strict",
             "input":{"kind":"chat","messages":[{"role":"user","content":"Hi"}],"maxTokens":5,"temperatureMilli":0,"seed":1}}\
            """);
    assertThat(chat.statusCode()).as(chat.body()).isEqualTo(400);
    assertThat(chat.body()).contains("cannot replay tiny-words strictly");
    var long64 =
        requester.sends(
            "POST",
            "/api/quotes",
            body(IntStream.range(0, 65).mapToObj(String::valueOf).toList(), List.of(cheap)));
    assertThat(long64.statusCode()).isEqualTo(400);
    assertThat(long64.body()).contains("at most 64 texts, and this one has 65");
  }

  @Test
  void a_strict_job_is_taken_back_while_nobody_works_on_it() {
    String job = posted("never", cheap);
    assertThat(requester.sends("POST", "/api/jobs/" + job + "/cancel", null).statusCode())
        .isEqualTo(200);
    assertThat(requester.waitsFor(job).path("status").stringValue()).isEqualTo("cancelled");
    assertThat(requester.unsettled()).isEqualTo("0");
  }
}
