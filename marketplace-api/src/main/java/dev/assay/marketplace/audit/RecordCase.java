package dev.assay.marketplace.audit;

import dev.assay.marketplace.audit.EndChecks.Over;
import dev.assay.marketplace.audit.Seals.ChainSeal;
import dev.assay.marketplace.audit.Seals.LeafRow;
import dev.assay.marketplace.audit.Seals.SealedEpoch;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.Offence;
import dev.assay.protocol.event.CaseChanged;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Takes what the chain says of a case: in any order, as often as it comes. If it is that the
 * operator withholds a beacon, the epoch is never drawn: its results are paid unchecked, since no
 * worker is to blame for that.
 */
@Service
public class RecordCase {
  private static final Logger LOG = LoggerFactory.getLogger(RecordCase.class);
  private static final int PAGE = 200;
  private static final int AT_ONCE = 16;

  private final Cases cases;
  private final Seals seals;
  private final EndChecks checks;
  private final TransactionOperations transaction;
  private final Clock clock;

  RecordCase(
      Cases cases, Seals seals, EndChecks checks, TransactionOperations transaction, Clock clock) {
    this.cases = cases;
    this.seals = seals;
    this.checks = checks;
    this.transaction = transaction;
    this.clock = clock;
  }

  public void record(CaseChanged change) {
    cases.put(change);
    if (change.offence() == Offence.WITHHELD_BEACON) {
      for (ChainSeal seal : seals.awaitingDraw(AT_ONCE)) {
        var subject = Offence.epoch(seal.epoch());
        if (change.offence().caseId(change.accused(), subject).equals(change.caseId())) {
          release(seal);
        }
      }
    }
  }

  /** Page by page; what a crash leaves is done when the event comes again. */
  private void release(ChainSeal chain) {
    SealedEpoch epoch = seals.find(chain.epoch()).orElseThrow();
    EpochSeal seal = epoch.with(chain.beaconCommitment());
    Digest after = Digest.ZERO;
    long rank = 0;
    List<LeafRow> page;
    do {
      page = seals.leaves(epoch.number(), after, PAGE);
      List<Over> over = unchecked(epoch, page, rank);
      transaction.executeWithoutResult(_ -> checks.end(seal, over));
      rank += page.size();
      after = page.isEmpty() ? after : page.getLast().leaf().hash();
    } while (page.size() == PAGE);
    cases.withhold(epoch.number(), clock.instant());
    LOG.atWarn()
        .addKeyValue("epoch", epoch.number())
        .addKeyValue("leaves", rank)
        .log("The beacon of an epoch was withheld; its results are paid unchecked");
  }

  private List<Over> unchecked(SealedEpoch epoch, List<LeafRow> page, long rank) {
    Map<Long, MerkleProof> proofs =
        seals.proofs(
            epoch.number(),
            LongStream.range(rank, rank + page.size()).boxed().toList(),
            epoch.count());
    List<Over> over = new ArrayList<>();
    for (LeafRow row : page) {
      MerkleProof proof = Objects.requireNonNull(proofs.get(rank + over.size()));
      over.add(new Over(row, proof, CheckEnd.Reason.UNCHECKED));
    }
    return over;
  }
}
