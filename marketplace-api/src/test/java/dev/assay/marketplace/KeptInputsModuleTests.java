package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.TestPropertySource;

/** For how long inputs are kept, and how much of them. */
@MarketModuleTest
@TestPropertySource(
    properties = {
      "marketplace.job.inputs-per-requester=4KB",
      "marketplace.job.released=500ms",
      "marketplace.blob.sweep-every=200ms"
    })
class KeptInputsModuleTests {
  private static final int LARGE = 1_500;

  private final TestMarket market;
  private final JdbcClient jdbc;

  private TestRequester requester;
  private TestWorker worker;

  KeptInputsModuleTests(@Autowired TestMarket market, @Autowired JdbcClient jdbc) {
    this.market = market;
    this.jdbc = jdbc;
  }

  @BeforeEach
  void parties() {
    market.opens();
    requester = market.requester(100_000);
    worker = market.worker().offers(1_000);
  }

  @AfterEach
  void leave() {
    market.closes();
  }

  private String body(String text, String terms) {
    return """
    {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["%s"]},"provider":{"only":["%s"]}%s}\
    """
        .formatted(text, worker.address().hex(), terms);
  }

  private String body(String text) {
    return body(text, "");
  }

  private void cancels(TestRequester who, String job) {
    assertThat(who.sends("POST", "/api/jobs/" + job + "/cancel", null).statusCode()).isEqualTo(200);
  }

  private boolean isKept(String job) {
    return jdbc.sql(
            "select exists (select from blob join job on digest = input_digest where id = :job)")
        .param("job", JobId.parse(job).uuid())
        .query(Boolean.class)
        .single();
  }

  private void goes(String job) {
    await().atMost(Duration.ofSeconds(20)).until(() -> !isKept(job));
  }

  /** Whoever was released before this was asked is gone when it has its answer. */
  private void sweepsOnce() {
    String last = requester.posts(body("the last to be swept"));
    cancels(requester, last);
    goes(last);
  }

  private long kept(WalletAddress address) {
    return jdbc.sql("select bytes from kept_input where requester = :requester")
        .param("requester", address.hex())
        .query(Long.class)
        .single();
  }

  @Test
  void the_input_of_a_job_that_is_cancelled_goes_soon_and_leaves_its_receipt() {
    String job = requester.posts(body("never mind"));
    assertThat(isKept(job)).isTrue();
    assertThat(kept(requester.address())).isPositive();
    cancels(requester, job);
    assertThat(isKept(job)).as("not at once").isTrue();

    goes(job);
    assertThat(kept(requester.address())).isZero();
    assertThat(requester.receipt(job).job()).isEqualTo(JobId.parse(job));
    assertThat(requester.job(job).path("status").stringValue()).isEqualTo("cancelled");
  }

  @Test
  void so_does_that_of_one_that_expires_without_a_result() {
    String job = requester.posts(body("too late", ",\"deadlineSeconds\":1"));
    assertThat(requester.waitsFor(job).path("status").stringValue()).isEqualTo("expired");
    goes(job);
  }

  @Test
  void an_input_stays_while_another_job_has_the_same() {
    TestRequester another = market.requester(1_000);
    String first = requester.posts(body("wanted twice"));
    String second = another.posts(body("wanted twice"));
    cancels(requester, first);
    sweepsOnce();
    assertThat(isKept(second)).isTrue();

    worker.sends(worker.result(worker.leases()));
    assertThat(another.waitsFor(second).path("status").stringValue()).isEqualTo("attested");
    String third = another.posts(body("wanted twice"));
    cancels(another, third);
    sweepsOnce();
    assertThat(isKept(second)).as("who has a result keeps its input").isTrue();
  }

  @Test
  void an_input_that_is_posted_again_before_it_goes_stays() {
    String first = requester.posts(body("on second thoughts"));
    cancels(requester, first);
    String again = requester.posts(body("on second thoughts"));
    sweepsOnce();
    assertThat(isKept(again)).isTrue();
    cancels(requester, again);
    goes(again);
  }

  @Test
  void a_quorum_that_is_cancelled_lets_its_input_go_with_all_its_voices() {
    TestWorker beside = market.worker().offers(1_000);
    TestWorker third = market.worker().offers(1_000);
    String job =
        requester.posts(
            """
            {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["by several"]},
             "verification":"quorum:2/3","provider":{"only":["%s","%s","%s"]}}\
            """
                .formatted(worker.address().hex(), beside.address().hex(), third.address().hex()));
    cancels(requester, job);
    goes(job);
  }

  @Test
  void the_inputs_of_one_requester_are_bounded_and_others_are_not_held_up() {
    String job = requester.posts(body("a".repeat(LARGE)));
    requester.posts(body("b".repeat(LARGE)));
    String held = requester.unsettled();
    var refused = requester.sends("POST", "/api/jobs", body("c".repeat(LARGE)));

    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(429);
    assertThat(Http.read(refused).path("error").path("code").stringValue())
        .isEqualTo("too-much-kept");
    assertThat(refused.body()).contains("At most 4096 bytes");
    assertThat(refused.headers().firstValue("retry-after")).hasValue("60");
    assertThat(requester.unsettled()).as("nothing is held for what is refused").isEqualTo(held);
    market.requester(1_000).posts(body("c".repeat(LARGE)));

    cancels(requester, job);
    goes(job);
    requester.posts(body("c".repeat(LARGE)));
  }
}
