package dev.assay.marketplace.audit;

import dev.assay.determinism.CrashPoint;
import dev.assay.marketplace.audit.EndChecks.Over;
import dev.assay.marketplace.audit.Seals.ChainDraw;
import dev.assay.marketplace.audit.Seals.LeafRow;
import dev.assay.marketplace.audit.Seals.Progress;
import dev.assay.marketplace.audit.Seals.SealedEpoch;
import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.marketplace.platform.EachAlone;
import dev.assay.marketplace.platform.WhenChanged;
import dev.assay.protocol.BeaconChain;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.MerkleProof;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Decides about each leaf of a drawn epoch: passed by and paid, or audited. A page at a time, its
 * decisions and how far it came in one transaction.
 */
@Service
class DrawEpochs {
  private static final Logger LOG = LoggerFactory.getLogger(DrawEpochs.class);
  private static final int PAGE = 200;
  private static final int AT_ONCE = 16;

  private final Seals seals;
  private final EndChecks checks;
  private final Audits audits;
  private final TransactionOperations transaction;

  DrawEpochs(Seals seals, EndChecks checks, Audits audits, TransactionOperations transaction) {
    this.seals = seals;
    this.checks = checks;
    this.audits = audits;
    this.transaction = transaction;
  }

  @ByOneReplica
  @WhenChanged
  @Scheduled(
      initialDelayString = "${marketplace.audit.draw-every:500ms}",
      fixedDelayString = "${marketplace.audit.draw-every:500ms}")
  void draw() {
    EachAlone.run(seals.unfinished(AT_ONCE), this::draw);
  }

  private void draw(long number) {
    SealedEpoch epoch = seals.find(number).orElseThrow();
    ChainDraw drawn = seals.chainDraw(number).orElseThrow();
    EpochSeal seal = epoch.with(seals.chainSeal(number).orElseThrow().beaconCommitment());
    if (!BeaconChain.commitmentOf(drawn.preimage()).equals(seal.beaconCommitment())) {
      throw new IllegalStateException(
          "The preimage of epoch %d does not open its seal's commitment".formatted(number));
    }
    int selected = 0;
    Optional<Integer> page;
    do {
      page = transaction.execute(_ -> page(epoch, seal, drawn));
      selected += Objects.requireNonNull(page).orElse(0);
      CrashPoint.API_DRAW_AFTER_PAGE.reached();
    } while (page.isPresent());
    LOG.atInfo()
        .addKeyValue("epoch", number)
        .addKeyValue("leaves", epoch.count())
        .addKeyValue("audited", selected)
        .log("Epoch drawn");
  }

  /** How many of a page are audited; none if there is no page left. */
  private Optional<Integer> page(SealedEpoch epoch, EpochSeal seal, ChainDraw drawn) {
    Optional<Progress> locked = seals.lockProgress(epoch.number());
    if (locked.isEmpty()) {
      return Optional.empty();
    }
    Progress before = locked.get();
    List<LeafRow> rows = seals.leaves(epoch.number(), before.upto(), PAGE);
    if (rows.isEmpty()) {
      seals.advance(before, true);
      return Optional.empty();
    }
    long ranked = before.ranked() + rows.size();
    Map<Long, MerkleProof> proofs =
        seals.proofs(
            epoch.number(),
            LongStream.range(before.ranked(), ranked).boxed().toList(),
            epoch.count());
    List<Over> cleared = new ArrayList<>();
    List<Audits.Drawn> selected = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      LeafRow row = rows.get(i);
      long rank = before.ranked() + i;
      if (drawn.beacon().selects(epoch.number(), row.leaf().hash(), row.leaf().auditRateBps())) {
        selected.add(new Audits.Drawn(epoch.number(), rank, row));
      } else {
        cleared.add(
            new Over(row, Objects.requireNonNull(proofs.get(rank)), CheckEnd.Reason.NOT_DRAWN));
      }
    }
    checks.end(seal, cleared);
    audits.open(selected);
    seals.advance(new Progress(epoch.number(), ranked, rows.getLast().leaf().hash()), false);
    return Optional.of(selected.size());
  }
}
