package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.audit.TestCourt;
import dev.assay.marketplace.receipt.KeepEvidence;
import dev.assay.protocol.AccountId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EventId;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.ReceiptLeaf;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.event.JobCleared;
import dev.assay.protocol.event.JobSettled;
import dev.assay.protocol.receipt.CheckReceipt;
import dev.assay.protocol.receipt.JobReceipt;
import dev.assay.protocol.receipt.ReceiptCheck.Reason;
import dev.assay.protocol.receipt.ReceiptStatus;
import dev.assay.protocol.receipt.Step;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;

/**
 * A receipt grows with its job, says what is missing, and holds when the job is over. That it holds
 * on a chain too, and that no other does, is {@code ReceiptChainTests}'s.
 */
@MarketModuleTest
@Timeout(120)
class ReceiptModuleTests {
  private final TestMarket market;
  private final TestCourt court;
  private final KeepEvidence evidence;

  private TestRequester requester;
  private TestWorker worker;

  ReceiptModuleTests(
      @Autowired TestMarket market, @Autowired TestCourt court, @Autowired KeepEvidence evidence) {
    this.market = market;
    this.court = court;
    this.evidence = evidence;
  }

  @BeforeEach
  void parties() {
    market.opens();
    requester = market.requester(1_000_000);
    worker = market.worker().offers(1_000_000, 8, "eu");
  }

  @AfterEach
  void leave() {
    market.closes();
  }

  private String posted() {
    return posted("\"%s\"".formatted(worker.address()), "");
  }

  private String posted(String only, String more) {
    return requester.posts(
        """
        {"model":"all-minilm-l6-v2",%s"input":{"kind":"embeddings","texts":["keep the receipt"]},"provider":{"only":[%s]}}\
        """
            .formatted(more, only));
  }

  private void executed() {
    Lease lease = worker.leases();
    assertThat(worker.sends(worker.result(lease)).outcome()).isEqualTo(Outcome.ACCEPTED);
  }

  private JobReceipt receipt(String job) {
    return requester.receipt(job);
  }

  private static List<Step> flaws(JobReceipt receipt) {
    return CheckReceipt.offline(receipt).stream().filter(step -> !step.holds()).toList();
  }

  /** At this status nothing is wrong but that it is not final. */
  private void assertThatItAwaits(String job, ReceiptStatus status, String missing) {
    JobReceipt receipt = receipt(job);
    assertThat(receipt.status()).isEqualTo(status);
    assertThat(receipt.missing()).contains(missing);
    assertThat(flaws(receipt)).extracting(Step::name).containsExactly("status");
  }

  /** What settlement would say of a job that it was told to pay. */
  private JobSettled settled(JobCleared cleared) {
    var leaf =
        new ReceiptLeaf(
            cleared.result().attestation().jobId(),
            cleared.result().attestation().attempt(),
            new AccountId(7),
            new AccountId(8),
            cleared.subject().leaf().price(),
            cleared.earned(),
            cleared.subject().leaf().attestation());
    var tree = MerkleTree.of(List.of(leaf.hash(), Digest.keccak256((byte) 1)));
    return new JobSettled(
        new EventId(UUID.nameUUIDFromBytes(new byte[] {4})),
        Instant.EPOCH,
        leaf,
        cleared.subject().leaf().requester(),
        cleared.subject().leaf().worker(),
        tree.proof(leaf.hash()),
        tree.root(),
        Digest.keccak256((byte) 2),
        Digest.keccak256((byte) 3),
        Digest.keccak256((byte) 4),
        42,
        0,
        "");
  }

  private Optional<JobCleared> cleared(JobReceipt receipt) {
    return court.told(JobCleared.class).stream()
        .filter(it ->
            it.result()
                .attestation()
                .jobId()
                .equals(receipt.job().of(receipt.request().requester())))
        .findFirst();
  }

  @Test
  void it_says_at_each_step_what_is_missing_and_holds_when_the_job_is_paid() {
    court.trusts(worker.address(), KnownModels.ALL_MINILM_L6_V2.digest());
    List<String> jobs = new ArrayList<>();
    // At the lowest rate some are drawn: one of these will not be.
    for (int i = 0; i < 6; i++) {
      jobs.add(posted());
      if (i == 0) {
        assertThatItAwaits(jobs.getFirst(), ReceiptStatus.AWAITING_RESULT, "open");
      }
      executed();
    }
    assertThatItAwaits(jobs.getFirst(), ReceiptStatus.AWAITING_SEAL, "seal");
    long epoch = court.closes();
    assertThat(court.seals(epoch)).isTrue();
    assertThatItAwaits(jobs.getFirst(), ReceiptStatus.AWAITING_SEAL, "seal");
    court.says(court.sealed(epoch));
    assertThatItAwaits(jobs.getFirst(), ReceiptStatus.AWAITING_DRAW, "beacon");
    court.says(court.drawn(epoch));
    String job =
        jobs.stream()
            .filter(it -> !Objects.requireNonNull(receipt(it).draw()).selected())
            .findFirst()
            .orElseThrow();
    assertThatItAwaits(job, ReceiptStatus.AWAITING_SETTLEMENT, "paid");
    JobSettled settled = settled(cleared(receipt(job)).orElseThrow());

    evidence.keep(List.of(settled));
    evidence.keep(List.of(settled));

    JobReceipt receipt = receipt(job);
    assertThat(receipt.status()).isEqualTo(ReceiptStatus.SETTLED);
    assertThat(receipt.missing()).isNull();
    assertThat(flaws(receipt)).isEmpty();
    assertThat(Objects.requireNonNull(receipt.settlement()).leaf()).isEqualTo(settled.leaf());
    assertThat(Objects.requireNonNull(receipt.check()).reason()).isEqualTo(Reason.NOT_DRAWN);
    assertThat(Objects.requireNonNull(receipt.assurance()).errorBound()).isBetween(0.0, 0.01);
    assertThat(receipt(job)).isEqualTo(receipt);
  }

  @Test
  void where_the_beacon_was_withheld_it_says_so_and_promises_nothing() {
    String job = posted();
    executed();
    long epoch = court.closes();
    assertThat(court.seals(epoch)).isTrue();
    court.withholds(epoch);
    evidence.keep(List.of(settled(cleared(receipt(job)).orElseThrow())));

    JobReceipt receipt = receipt(job);
    assertThat(Objects.requireNonNull(receipt.check()).reason()).isEqualTo(Reason.WITHHELD);
    assertThat(receipt.draw()).isNull();
    assertThat(flaws(receipt)).isEmpty();
    assertThat(Objects.requireNonNull(receipt.assurance()).errorBound()).isEqualTo(1);
  }

  @Test
  void a_job_that_ended_without_a_result_has_a_receipt_that_proves_nothing_and_says_so() {
    String job = posted();
    assertThat(requester.sends("POST", "/api/jobs/" + job + "/cancel", null).statusCode())
        .isEqualTo(200);
    JobReceipt receipt = receipt(job);
    assertThat(receipt.status()).isEqualTo(ReceiptStatus.UNPAID);
    assertThat(flaws(receipt))
        .singleElement()
        .satisfies(step -> assertThat(step.compared()).contains("ended without a result"));
  }

  @Test
  void nobody_sees_the_result_of_a_voice_before_all_of_its_quorum_have_answered() {
    TestWorker other = market.worker().offers(1_000_000, 8, "eu");
    String only = "\"%s\",\"%s\"".formatted(worker.address(), other.address());
    String job = posted(only, "\"verification\":\"quorum:2/2\",");
    Lease mine = worker.leases();
    Lease others = other.leases();
    worker.sends(worker.result(mine));
    assertThatItAwaits(job, ReceiptStatus.AWAITING_RESULT, "open");
    assertThat(requester.sends("GET", "/api/jobs/" + job + "/attestation", null).statusCode())
        .isEqualTo(409);
    other.sends(other.result(others));
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> receipt(job).status() == ReceiptStatus.AWAITING_SEAL);
  }

  @Test
  void anothers_job_has_no_receipt() {
    String job = posted();
    assertThat(market.requester(0).sends("GET", "/api/jobs/" + job + "/receipt", null).statusCode())
        .isEqualTo(404);
  }
}
