package dev.assay.protocol.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.admin.CheckAnchors.Anchors;
import dev.assay.protocol.admin.CheckLog.Broken;
import dev.assay.protocol.admin.CheckLog.Holds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckAnchorsTests {
  private final List<LoggedAction> log = TestLog.rows(9, "the truth");
  private final List<AnchoredHead> anchors = TestLog.anchors(log);

  private static Anchors check(List<AnchoredHead> anchors) {
    return CheckAnchors.offline(anchors.iterator());
  }

  private CheckLog.Finding held(List<LoggedAction> rows) {
    return CheckLog.of(rows.iterator(), check(anchors).heads());
  }

  @Test
  void a_log_that_was_only_written_to_holds_against_every_epoch() {
    assertThat(check(anchors).wrong()).isEmpty();
    assertThat(check(anchors).heads()).hasSize(9);
    assertThat(held(log)).isInstanceOf(Holds.class);
    assertThat(check(List.of()).words()).isEqualTo("no epoch was sealed with a head");
  }

  /** Nobody has noted a head: these are whole chains. */
  @Test
  void a_log_that_was_cut_off_or_written_anew_shows_against_the_seals_alone() {
    for (int rows = 0; rows < log.size(); rows++) {
      assertThat(held(log.subList(0, rows))).as("%d rows", rows).isInstanceOf(Broken.class);
      List<LoggedAction> forked = new ArrayList<>(TestLog.rows(9, "another"));
      assertThat(held(forked.subList(0, Math.max(1, rows)))).isInstanceOf(Broken.class);
    }
  }

  @Test
  void another_head_is_not_what_an_epoch_was_sealed_with() {
    List<AnchoredHead> forged = new ArrayList<>(anchors);
    AnchoredHead last = forged.removeLast();
    LogHead shorter = log.get(7).head();
    forged.add(new AnchoredHead(last.seal(), shorter, last.proof()));

    assertThat(check(forged).wrong()).hasValueSatisfying(it -> assertThat(it).contains("epoch 9"));
  }

  @Test
  void an_epoch_that_is_left_out_is_missed() {
    for (int i = 1; i < anchors.size() - 1; i++) {
      List<AnchoredHead> gap = new ArrayList<>(anchors);
      gap.remove(i);
      assertThat(check(gap).wrong()).as("without epoch %d", i + 1).isPresent();
    }
    List<AnchoredHead> swapped = new ArrayList<>(anchors);
    Collections.swap(swapped, 3, 4);
    assertThat(check(swapped).wrong()).isPresent();
  }

  /** The owner of the database went on sealing after it had shortened the log. */
  @Test
  void a_log_that_was_shorter_in_a_later_epoch_shows_in_the_seals_themselves() {
    LogHead shorter = log.get(4).head();
    AnchoredHead next = TestLog.anchors(TestLog.rows(10, "any")).getLast();
    var seal = next.seal();
    var later =
        new EpochSeal(
            10,
            seal.root(),
            anchors.getLast().seal().root(),
            1,
            seal.totalPrice(),
            TestLog.commitments(10, shorter).root(),
            seal.verifierSetRoot(),
            0,
            seal.beaconCommitment());
    List<AnchoredHead> all = new ArrayList<>(anchors);
    all.add(TestLog.anchor(later, shorter));

    assertThat(check(all).wrong())
        .hasValueSatisfying(it -> assertThat(it).contains("had 5 rows", "had 9"));
  }
}
