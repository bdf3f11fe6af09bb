package dev.assay.settlement.batch;

import static dev.assay.settlement.TestMarket.dollars;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.assay.determinism.Ids;
import dev.assay.messaging.EventSender;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EventId;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.SignedAttestation;
import dev.assay.protocol.event.EpochClosed;
import dev.assay.protocol.event.JobCleared;
import dev.assay.settlement.SettlementModuleTest;
import dev.assay.settlement.TestMarket;
import dev.assay.settlement.court.CloseEpoch;
import dev.assay.settlement.court.Epochs;
import dev.assay.settlement.court.SealedEpoch;
import dev.assay.settlement.intake.Refused;
import dev.assay.settlement.platform.Halts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

/** Results of epochs that were never drawn. */
@SettlementModuleTest
class ClearJobModuleTests {
  private static final String DRILL = "drill";

  private final TestMarket market;
  private final CloseEpoch closeEpoch;
  private final ClearJob clearJob;
  private final Epochs epochs;
  private final Halts halts;
  private final EventSender events;
  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final Ids ids;

  ClearJobModuleTests(
      @Autowired TestMarket market,
      @Autowired CloseEpoch closeEpoch,
      @Autowired ClearJob clearJob,
      @Autowired Epochs epochs,
      @Autowired Halts halts,
      @Autowired EventSender events,
      @Autowired JdbcClient jdbc,
      @Autowired TransactionOperations transaction,
      @Autowired Ids ids) {
    this.market = market;
    this.closeEpoch = closeEpoch;
    this.clearJob = clearJob;
    this.epochs = epochs;
    this.halts = halts;
    this.events = events;
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.ids = ids;
  }

  /** A result that is sealed alone. */
  private record Sold(SignedAttestation result, SealLeaf leaf) {
    private MerkleTree tree() {
      return MerkleTree.of(List.of(leaf.hash()));
    }

    private long epoch() {
      return result.attestation().epoch();
    }

    private String job() {
      return result.attestation().jobId().toString();
    }
  }

  @Test
  void where_the_beacon_was_withheld_what_was_sealed_is_paid_unchecked() throws Exception {
    Sold sold = sold();
    close(sold);
    until(() -> market.client.read(market.court.latestEpoch()) == sold.epoch());
    halts.halt(DRILL, "the beacon is withheld"); // and nothing is drawn
    try {
      var policy = market.terms.policy();
      market.chain.mine(policy.drawDelay() + policy.revealWindow() + 1);
      await().atMost(Duration.ofSeconds(20)).until(() -> epochs.sealed(sold.epoch()).isPresent());
      assertThatThrownBy(() -> clearJob.clear(cleared(sold)))
          .as("it could be drawn yet")
          .isInstanceOf(ClearJob.NotDrawn.class);
      market.person().act(market.court.withheldBeacon());
    } finally {
      halts.release(DRILL);
    }

    until(() -> epochs.sealed(sold.epoch()).filter(SealedEpoch::isWithheld).isPresent());
    assertThat(epochs.sealed(sold.epoch()).orElseThrow().beacon()).isEmpty();
    events.send(JobCleared.TOPIC, sold.job(), "", cleared(sold));

    until(() ->
        jdbc.sql("select not selected and told_at is not null from cleared_job where job = :job")
            .param("job", sold.job())
            .query(Boolean.class)
            .optional()
            .orElse(false));
    assertThat(halts.reasons()).isEmpty();
  }

  @Test
  void an_epoch_that_later_seals_passed_over_is_not_waited_for() {
    Sold sold = sold();
    close(sold);
    until(() -> isDrawn(sold));
    Sold next = sold();
    close(next);
    until(() -> isDrawn(next));
    JobCleared event = cleared(sold);

    transaction.executeWithoutResult(status -> {
      status.setRollbackOnly();
      jdbc.sql("update epoch set sealed_at = null, beacon = null where epoch = :epoch")
          .param("epoch", sold.epoch())
          .update();
      assertThatThrownBy(() -> clearJob.clear(event))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("passed over");
    });
  }

  private boolean isDrawn(Sold sold) {
    return epochs.sealed(sold.epoch()).flatMap(SealedEpoch::beacon).isPresent();
  }

  private Sold sold() {
    var requester = market.person();
    requester.deposit(dollars(10));
    var worker = market.person();
    LocalSigner key = worker.bond(dollars(500));
    long epoch = market.client.read(market.court.latestEpoch()) + 1;
    var result = market.result(requester, worker, key, epoch, "answer");
    return new Sold(result, market.leaf(result, requester, dollars(2)));
  }

  private void close(Sold sold) {
    closeEpoch.close(
        new EpochClosed(
            new EventId(ids.next()),
            Instant.EPOCH,
            sold.epoch(),
            sold.tree().root(),
            market.client.read(market.court.latestRoot()),
            1,
            dollars(2),
            Digest.ZERO,
            Digest.ZERO,
            0,
            ""));
  }

  private JobCleared cleared(Sold sold) {
    var subject =
        new SealedLeaf(
            epochs.sealed(sold.epoch()).orElseThrow().epochSeal(),
            sold.leaf(),
            sold.tree().proof(sold.leaf().hash()));
    return new JobCleared(
        new EventId(ids.next()), Instant.EPOCH, sold.result(), subject, dollars(2), "");
  }

  private void until(Callable<Boolean> so) {
    await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> {
          market.chain.mine(1);
          return so.call();
        });
  }
}
