package dev.assay.protocol.admin;

import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.chain.Chain;
import dev.assay.protocol.chain.CourtContract;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether the heads with which epochs were sealed are those seals', without a gap, and the seals
 * the Court's. Then {@link CheckLog} holds a log against them: whoever owns the database can write
 * another log, and cannot write another seal.
 */
public final class CheckAnchors {
  /**
   * So many epochs may be on chain that the market does not know to be there for good: its node
   * waits for confirmations.
   */
  public static final int LATE = 16;

  /**
   * What came of it.
   *
   * @param heads each once, from the oldest on
   * @param first the epoch that told the first of them; 0 for none
   * @param last the epoch that told the last of them; 0 for none
   * @param onChain how many epochs' seals were found on chain
   * @param wrong the first thing that does not hold
   */
  public record Anchors(
      List<LogHead> heads, long first, long last, long onChain, Optional<String> wrong) {
    public Anchors {
      heads = List.copyOf(heads);
    }

    /** In words, for people. */
    public String words() {
      return last == 0
          ? "no epoch was sealed with a head"
          : "epochs %d to %d were sealed with %d heads; %d of these seals were found on chain"
              .formatted(first, last, heads.size(), onChain);
    }
  }

  private final @Nullable Chain chain;
  private final @Nullable CourtContract court;
  private final List<LogHead> heads = new ArrayList<>();
  private @Nullable AnchoredHead before;
  private long first;
  private long onChain;
  private long lastOnChain;

  private CheckAnchors(@Nullable Chain chain, @Nullable CourtContract court) {
    this.chain = chain;
    this.court = court;
  }

  /** Without a node: that the heads are those of the seals as they are told. */
  public static Anchors offline(Iterator<AnchoredHead> anchors) {
    return new CheckAnchors(null, null).all(anchors, 0);
  }

  /** Before a node that is trusted, and the Court that is. */
  public static Anchors onChain(Iterator<AnchoredHead> anchors, Chain chain, CourtContract court) {
    // First the chain: what the market tells afterwards has at least this.
    long latest = chain.read(court.latestEpoch());
    return new CheckAnchors(chain, court).all(anchors, latest);
  }

  /**
   * @param anchors as the market tells them, in the order of their epochs, read once
   * @param latest of the Court's epochs; 0 if it is not asked
   */
  private Anchors all(Iterator<AnchoredHead> anchors, long latest) {
    Optional<String> wrong = Optional.empty();
    while (wrong.isEmpty() && anchors.hasNext()) {
      AnchoredHead anchor = anchors.next();
      wrong = Optional.ofNullable(wrong(anchor));
      if (heads.isEmpty()) {
        first = anchor.seal().epoch();
      }
      if (heads.isEmpty() || !heads.getLast().equals(anchor.head())) {
        heads.add(anchor.head());
      }
      before = anchor;
    }
    long last = before == null ? 0 : before.seal().epoch();
    if (wrong.isEmpty() && latest > last) {
      wrong =
          Optional.of(
              "the Court has sealed epoch %d, and the market tells no head after epoch %d"
                  .formatted(latest, last));
    }
    if (wrong.isEmpty() && latest > lastOnChain + LATE) {
      wrong =
          Optional.of(
              "the Court has sealed epoch %d, and the market tells no seal on chain after epoch %d"
                  .formatted(latest, lastOnChain));
    }
    return new Anchors(heads, first, last, onChain, wrong);
  }

  private @Nullable String wrong(AnchoredHead anchor) {
    EpochSeal seal = anchor.seal();
    if (before != null) {
      EpochSeal last = before.seal();
      if (seal.epoch() != last.epoch() + 1 || !seal.prevRoot().equals(last.root())) {
        return "the seal of epoch %d does not follow that of epoch %d: how the log was between them is not told"
            .formatted(seal.epoch(), last.epoch());
      }
      if (anchor.head().number() < before.head().number()) {
        return "epoch %d was sealed when the log had %d rows, and epoch %d before it when it had %d"
            .formatted(seal.epoch(), anchor.head().number(), last.epoch(), before.head().number());
      }
    }
    if (!anchor.isSealed()) {
      return "head %s is not what epoch %d was sealed with".formatted(anchor.head(), seal.epoch());
    }
    if (chain == null || court == null || !anchor.isToldOfChain()) {
      return null;
    }
    if (!chain.read(court.epochOf(seal.epoch())).seal().equals(seal.structHash())) {
      return "the Court's seal of epoch %d is another".formatted(seal.epoch());
    }
    onChain++;
    lastOnChain = seal.epoch();
    return null;
  }
}
