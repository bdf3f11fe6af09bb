package dev.assay.protocol.admin;

import dev.assay.protocol.CanaryLeaf;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.OperatorLogLeaf;
import dev.assay.protocol.TokenAmount;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A log with a row for each epoch, and the seals of these epochs. */
public final class TestLog {
  private TestLog() {}

  public static List<LoggedAction> rows(int count, String why) {
    List<LoggedAction> log = new ArrayList<>();
    LogHead last = LogHead.EMPTY;
    for (int i = 0; i < count; i++) {
      log.add(row(last, why, row(last, why, Digest.ZERO).computedHash()));
      last = log.getLast().head();
    }
    return log;
  }

  private static LoggedAction row(LogHead after, String why, Digest hash) {
    return new LoggedAction(
        after.number() + 1,
        Instant.parse("2026-11-26T04:00:00Z"),
        "ada",
        "pause",
        "market",
        why,
        "done",
        "",
        "",
        "",
        after.hash(),
        hash);
  }

  /** Beside so many canaries as the epoch's number. */
  public static MerkleTree commitments(long epoch, LogHead head) {
    List<Digest> leaves = new ArrayList<>(List.of(leaf(head)));
    for (int i = 0; i < epoch; i++) {
      Digest any = digest("canary " + i);
      leaves.add(new CanaryLeaf(any, any, any, any, any, any).hash());
    }
    return MerkleTree.of(leaves);
  }

  private static Digest leaf(LogHead head) {
    return new OperatorLogLeaf(head.number(), head.hash()).hash();
  }

  public static AnchoredHead anchor(EpochSeal seal, LogHead head) {
    return new AnchoredHead(seal, head, commitments(seal.epoch(), head).proof(leaf(head)));
  }

  /** Epochs 1, 2, …, each sealed when the log had one row more. */
  static List<AnchoredHead> anchors(List<LoggedAction> log) {
    List<AnchoredHead> anchors = new ArrayList<>();
    Digest prevRoot = Digest.ZERO;
    for (LoggedAction row : log) {
      Digest root = digest("root of " + row.number());
      var seal =
          new EpochSeal(
              row.number(),
              root,
              prevRoot,
              1,
              TokenAmount.ZERO,
              commitments(row.number(), row.head()).root(),
              Digest.ZERO,
              0,
              digest("beacon"));
      anchors.add(anchor(seal, row.head()));
      prevRoot = root;
    }
    return anchors;
  }

  public static Digest digest(String text) {
    return Digest.keccak256(text.getBytes(StandardCharsets.UTF_8));
  }
}
