package dev.assay.marketplace.audit;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.audit.Canaries.Canary;
import dev.assay.marketplace.audit.Canaries.Work;
import dev.assay.marketplace.offer.Offer;
import dev.assay.marketplace.offer.Offers;
import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.marketplace.platform.EachAlone;
import dev.assay.marketplace.platform.WhenChanged;
import dev.assay.protocol.JobId;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.WalletAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;

/**
 * Gives canaries to workers, as jobs like any other: so many for each look of a verifier. Workers
 * and verifiers are the same parties and lease the same bytes, so that one grades both.
 */
@Service
class PlaceCanaries {
  /** Of the looks of verifiers. */
  private static final int PERCENT = 3;

  private static final int AT_ONCE = 200;

  private final Canaries canaries;
  private final BuyCanaries buying;
  private final AttestedResults results;
  private final Offers offers;
  private final AuditSettings settings;
  private final RandomGenerator chance;
  private final Ids ids;

  PlaceCanaries(
      Canaries canaries,
      BuyCanaries buying,
      AttestedResults results,
      Offers offers,
      AuditSettings settings,
      RandomGenerator chance,
      Ids ids) {
    this.canaries = canaries;
    this.buying = buying;
    this.results = results;
    this.offers = offers;
    this.settings = settings;
    this.chance = chance;
    this.ids = ids;
  }

  @ByOneReplica
  @WhenChanged
  @Scheduled(
      initialDelayString = "${marketplace.audit.canary-every:1s}",
      fixedDelayString = "${marketplace.audit.canary-every:1s}")
  void place() {
    Optional<WalletAddress> buyer = settings.buyer();
    if (buyer.isEmpty()) {
      return;
    }
    canaries.unused().filter(_ -> canaries.isWanted(PERCENT)).ifPresent(this::give);
    EachAlone.run(canaries.ungraded(AT_ONCE), work -> buy(work, buyer.get()));
  }

  private void buy(Work work, WalletAddress buyer) {
    JobId source = canaries.find(work.canary()).source();
    if (!buying.buy(work.work(), source, work.worker(), buyer)) {
      canaries.grade(work, Outcome.INCONCLUSIVE); // it cannot be asked: the fault is nobody's
    }
  }

  /** To anybody who has not answered this input before. */
  private void give(Canary canary) {
    List<JobId> answered = new ArrayList<>(canaries.witnesses(canary.source()));
    answered.add(canary.source());
    Set<WalletAddress> know = new HashSet<>(settings.referenceNodes());
    results.inBrief(answered).values().forEach(answer -> know.add(answer.worker()));
    List<WalletAddress> others =
        offers.onMarket(canary.modelDigest()).stream()
            .filter(offer -> offer.profile() == canary.profile())
            .map(Offer::worker)
            .filter(worker -> !know.contains(worker))
            .distinct()
            .sorted(Comparator.comparing(WalletAddress::hex))
            .toList();
    if (!others.isEmpty()) {
      WalletAddress worker = others.get(chance.nextInt(others.size()));
      canaries.give(canary, new JobId(ids.next()), worker);
    }
  }
}
