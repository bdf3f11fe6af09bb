package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.audit.TestCourt;
import dev.assay.protocol.CanaryEvidence;
import dev.assay.protocol.CanaryLeaf;
import dev.assay.protocol.JobId;
import dev.assay.protocol.OutputOpening;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.event.CanaryFailed;
import dev.assay.protocol.wire.Lease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Jobs whose answers are known grade those who do not know it. */
@MarketModuleTest
@Timeout(120)
class CanaryModuleTests {
  private static final AtomicInteger TEXTS = new AtomicInteger();
  private static final WalletAddress ONE_REFERENCE =
      new WalletAddress("0x00000000000000000000000000000000000f0001");
  private static final WalletAddress OTHER_REFERENCE =
      new WalletAddress("0x00000000000000000000000000000000000f0002");
  private static final float RIGHT = 1;
  private static final float WRONG = 7;

  private final TestMarket market;
  private final TestCourt court;
  private final JdbcClient jdbc;
  private final List<TestWorker> workers = new ArrayList<>();

  private TestRequester requester;
  private TestWorker graded;
  private @Nullable JobId source;

  CanaryModuleTests(
      @Autowired TestMarket market, @Autowired TestCourt court, @Autowired JdbcClient jdbc) {
    this.market = market;
    this.court = court;
    this.jdbc = jdbc;
  }

  @BeforeEach
  void parties() {
    forget(); // what other tests have made sure of
    market.opens();
    requester = market.requester(10_000_000_000L);
    for (int i = 0; i < 3; i++) {
      workers.add(market.worker().verifies(1_000_000));
    }
    graded = market.worker().verifies(1_000_000);
  }

  @AfterEach
  void leave() {
    market.closes();
    forget();
  }

  /** Quarantine is of a model, and other tests have the same. */
  private void forget() {
    jdbc.sql("delete from canary_work").update();
    jdbc.sql("delete from canary_answer").update();
    jdbc.sql("delete from canary").update();
  }

  /** A job of which three workers have the same answer. */
  private void agreed() {
    String job =
        requester.posts(
            """
            {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["known %d"]},
             "verification":"quorum:3/3","provider":{"only":[%s]}}\
            """
                .formatted(
                    TEXTS.incrementAndGet(),
                    workers.stream()
                        .map(worker -> "\"" + worker.address() + "\"")
                        .collect(Collectors.joining(","))));
    workers.forEach(worker -> does(worker, RIGHT));
    source = JobId.parse(job);
    await().atMost(Duration.ofSeconds(60)).until(() -> stage().equals("proposed"));
  }

  private int does(TestWorker worker, float value) {
    return does(worker, value, "5s");
  }

  private int does(TestWorker worker, float value, String wait) {
    List<Lease> leases = worker.asks(16, wait).leases();
    leases.forEach(
        lease -> worker.sends(worker.result(lease, TestWorker.vectors(lease.input(), value))));
    return leases.size();
  }

  /** Of the last canary; empty if there is none. */
  private String stage() {
    return jdbc.sql("select stage from canary where source = :source")
        .param("source", Objects.requireNonNull(source).uuid())
        .query((row, _) -> row.getString("stage"))
        .optional()
        .orElse("");
  }

  /** How many reference nodes have answered about the last canary. */
  private long confirmations() {
    return jdbc.sql(
            """
            select count(*) from canary c join canary_work w on w.canary = c.id
              join job_end e on e.job = w.work
            where c.source = :source and w.is_reference
            """)
        .param("source", Objects.requireNonNull(source).uuid())
        .query(Long.class)
        .single();
  }

  private long seals() {
    long epoch = court.closes();
    assertThat(court.seals(epoch)).isTrue();
    court.draws();
    return epoch;
  }

  /** A canary in the hands of the one that is graded by it, answered and sealed. */
  private void given(float value) {
    agreed();
    court.tendsCanaries();
    assertThat(stage()).isEqualTo("known");
    long epoch = seals();
    JsonNode sealed = requester.sees("/api/epochs/" + epoch);
    assertThat(sealed.path("canaryRoot").stringValue()).isNotEqualTo("0x" + "00".repeat(32));
    court.tendsCanaries();
    assertThat(
            jdbc.sql("select worker from canary_work where not is_reference")
                .query((row, _) -> row.getString("worker"))
                .list())
        .containsExactly(graded.address().hex());
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> {
          does(graded, value);
          return isAnswered();
        });
    court.tendsCanaries();
    assertThat(outcomes()).isEmpty(); // not before the chain has sealed the answer
    seals();
    court.tendsCanaries();
  }

  private boolean isAnswered() {
    return jdbc.sql(
                "select count(*) from canary_work w join job_end e on e.job = w.work where not"
                    + " is_reference")
            .query(Long.class)
            .single()
        > 0;
  }

  private List<String> outcomes() {
    return jdbc.sql(
            "select outcome from canary_work where outcome is not null and not is_reference")
        .query((row, _) -> row.getString("outcome"))
        .list();
  }

  private List<CanaryEvidence> failures() {
    return court.told(CanaryFailed.class).stream()
        .map(CanaryFailed::evidence)
        .filter(it -> it.result().attestation().worker().equals(graded.address()))
        .toList();
  }

  private int failuresOf(TestWorker worker) {
    return jdbc.sql("select coalesce(sum(failures), 0) from standing where worker = :worker")
        .param("worker", worker.address().hex())
        .query(Integer.class)
        .single();
  }

  @Test
  void who_gives_a_known_answer_passes() {
    given(RIGHT);
    assertThat(outcomes()).containsExactly("valid");
    assertThat(failures()).isEmpty();
    assertThat(failuresOf(graded)).isZero();
  }

  @Test
  void who_gives_another_becomes_a_case_that_the_court_takes() {
    given(WRONG);
    assertThat(outcomes()).containsExactly("invalid");
    assertThat(failuresOf(graded)).isEqualTo(1);
    assertThat(failures()).hasSize(1);
    assertThatTheCourtTakes(failures().getFirst());
  }

  /** As Court.canary looks at it. */
  private static void assertThatTheCourtTakes(CanaryEvidence evidence) {
    var subject = evidence.subject();
    var claimed = evidence.result().attestation();
    var canary = evidence.canary();
    assertThat(subject.proof().proves(subject.leaf().hash(), subject.epochSeal().root())).isTrue();
    assertThat(subject.leaf().attestation()).isEqualTo(claimed.digest(TestWorker.COURT));
    assertThat(evidence.canarySeal().epoch()).isLessThan(subject.epochSeal().epoch());
    assertThat(evidence.canaryProof().proves(canary.hash(), evidence.canarySeal().canaryRoot()))
        .isTrue();
    assertThat(canary.inputDigest()).isEqualTo(claimed.inputDigest());
    assertThat(canary.modelDigest()).isEqualTo(claimed.modelDigest());
    assertThat(canary.profileDigest()).isEqualTo(claimed.profileDigest());
    assertThat(CanaryLeaf.acceptedHash(evidence.accepted())).isEqualTo(canary.acceptedHash());
    assertThat(evidence.accepted()).doesNotContain(evidence.outputDigest());
    var opening =
        new OutputOpening(
            claimed.jobId(),
            claimed.attempt(),
            claimed.worker(),
            evidence.outputSalt(),
            evidence.outputDigest());
    assertThat(opening.commitment()).isEqualTo(claimed.outputCommitment());
  }

  @Test
  void an_answer_that_a_reference_node_doubts_is_not_used() {
    TestWorker one = market.worker(ONE_REFERENCE).verifies(1_000_000);
    TestWorker other = market.worker(OTHER_REFERENCE).verifies(1_000_000);
    agreed();
    confirm(one, RIGHT, other, WRONG);
    assertThat(stage()).isEqualTo("dropped");
    agreed();
    confirm(one, RIGHT, other, RIGHT);
    assertThat(stage()).isEqualTo("known");
  }

  @Test
  void while_reference_nodes_disagree_nobody_is_accused() {
    TestWorker one = market.worker(ONE_REFERENCE).verifies(1_000_000);
    TestWorker other = market.worker(OTHER_REFERENCE).verifies(1_000_000);
    for (int i = 0; i < 3; i++) {
      agreed();
      confirm(one, RIGHT, other, WRONG);
    }
    one.offersNothing();
    other.offersNothing();
    given(WRONG);
    assertThat(outcomes()).containsExactly("invalid");
    assertThat(failures()).isEmpty();
    assertThat(failuresOf(graded)).isZero();
  }

  private void confirm(TestWorker one, float its, TestWorker other, float others) {
    court.tendsCanaries();
    assertThat(stage()).isEqualTo("proposed"); // they are waited for
    await() // they are asked about what other tests have left, too
        .atMost(Duration.ofSeconds(60))
        .until(() -> {
          does(one, its, "0s");
          does(other, others, "0s");
          return confirmations() == 2;
        });
    court.tendsCanaries();
  }
}
