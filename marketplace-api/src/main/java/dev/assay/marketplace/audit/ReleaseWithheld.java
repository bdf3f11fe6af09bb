package dev.assay.marketplace.audit;

import dev.assay.marketplace.audit.EndChecks.Over;
import dev.assay.marketplace.audit.Seals.ChainSeal;
import dev.assay.marketplace.audit.Seals.LeafRow;
import dev.assay.marketplace.audit.Seals.SealedEpoch;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.Offence;
import dev.assay.protocol.WalletAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Ends the checks of an epoch whose beacon the operator withholds: it is never drawn, and its
 * results are paid unchecked, since no worker is to blame for that. That it is withheld and that it
 * is sealed are heard in any order.
 */
@Service
class ReleaseWithheld {
  private static final Logger LOG = LoggerFactory.getLogger(ReleaseWithheld.class);
  private static final int PAGE = 200;
  private static final int AT_ONCE = 16;

  private final Cases cases;
  private final Seals seals;
  private final EndChecks checks;
  private final TransactionOperations transaction;
  private final Clock clock;

  ReleaseWithheld(
      Cases cases, Seals seals, EndChecks checks, TransactionOperations transaction, Clock clock) {
    this.cases = cases;
    this.seals = seals;
    this.checks = checks;
    this.transaction = transaction;
    this.clock = clock;
  }

  /** All that are known to be sealed and withheld, and are not released. */
  void release() {
    Set<WalletAddress> operators = cases.accused(Offence.WITHHELD_BEACON);
    if (operators.isEmpty()) {
      return;
    }
    for (ChainSeal seal : seals.awaitingDraw(AT_ONCE)) {
      Digest epoch = Offence.epoch(seal.epoch());
      if (operators.stream()
          .map(operator -> Offence.WITHHELD_BEACON.caseId(operator, epoch))
          .anyMatch(cases::isKnown)) {
        release(seal);
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
