package dev.assay.protocol.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.admin.AnchoredHead;
import dev.assay.protocol.admin.CheckAnchors;
import dev.assay.protocol.admin.CheckAnchors.Anchors;
import dev.assay.protocol.admin.LogHead;
import dev.assay.protocol.admin.LoggedAction;
import dev.assay.protocol.admin.TestLog;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The log's heads before a real Court, which keeps one hash of each seal. */
class AnchoredLogChainTests {
  private static EpochSeal seal(TestMarket its, LogHead head, long epoch) {
    return its.sealAndDraw(
        MerkleTree.of(List.of(TestLog.digest("result " + epoch))),
        TokenAmount.ZERO,
        TestLog.commitments(epoch, head).root(),
        Digest.ZERO,
        0);
  }

  private static Anchors check(TestMarket its, List<AnchoredHead> anchors) {
    return CheckAnchors.onChain(anchors.iterator(), its.chain, its.court);
  }

  @Test
  void what_the_court_has_sealed_nobody_can_tell_otherwise() {
    try (var its = new TestMarket()) {
      List<LoggedAction> log = TestLog.rows(3, "the truth");
      List<AnchoredHead> told = new ArrayList<>();
      for (LoggedAction row : log) {
        told.add(TestLog.anchor(seal(its, row.head(), row.number()), row.head()));
      }

      Anchors found = check(its, told);
      assertThat(found.wrong()).isEmpty();
      assertThat(found.heads()).isEqualTo(log.stream().map(LoggedAction::head).toList());
      assertThat(found.onChain()).isEqualTo(3);

      assertThat(check(its, told.subList(0, 2)).wrong())
          .hasValue("the Court has sealed epoch 3, and the market tells no head after epoch 2");

      // Another log with seals that belong together, and are not those of the chain.
      LogHead other = TestLog.rows(3, "another").getLast().head();
      EpochSeal last = told.getLast().seal();
      var forged =
          new EpochSeal(
              3,
              last.root(),
              last.prevRoot(),
              last.count(),
              last.totalPrice(),
              TestLog.commitments(3, other).root(),
              last.verifierSetRoot(),
              last.verifierCount(),
              last.beaconCommitment());
      List<AnchoredHead> forgery = new ArrayList<>(told.subList(0, 2));
      forgery.add(TestLog.anchor(forged, other));
      assertThat(check(its, forgery).wrong()).hasValue("the Court's seal of epoch 3 is another");
    }
  }
}
