package dev.assay.marketplace.audit;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.audit.Canaries.Canary;
import dev.assay.marketplace.audit.Canaries.Work;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.offer.Offers;
import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.marketplace.platform.WhenChanged;
import dev.assay.protocol.JobId;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.Judge;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Makes sure of the answers of proposed canaries. Several workers of different owners must have
 * come to them, each without knowing of the others, and every reference node that serves the model.
 * What reference nodes say of each other decides about quarantine.
 */
@Service
class ProveCanaries {
  private static final Logger LOG = LoggerFactory.getLogger(ProveCanaries.class);
  private static final int AT_ONCE = 50;

  private final Canaries canaries;
  private final BuyCanaries buying;
  private final AttestedResults results;
  private final CompareOutputs comparing;
  private final FindJobs jobs;
  private final Offers offers;
  private final AuditSettings settings;
  private final TransactionOperations transaction;
  private final Ids ids;

  ProveCanaries(
      Canaries canaries,
      BuyCanaries buying,
      AttestedResults results,
      CompareOutputs comparing,
      FindJobs jobs,
      Offers offers,
      AuditSettings settings,
      TransactionOperations transaction,
      Ids ids) {
    this.canaries = canaries;
    this.buying = buying;
    this.results = results;
    this.comparing = comparing;
    this.jobs = jobs;
    this.offers = offers;
    this.settings = settings;
    this.transaction = transaction;
    this.ids = ids;
  }

  @ByOneReplica
  @WhenChanged
  @Scheduled(
      initialDelayString = "${marketplace.audit.canary-every:1s}",
      fixedDelayString = "${marketplace.audit.canary-every:1s}")
  void prove() {
    for (Canary canary : canaries.proposed(AT_ONCE)) {
      if (isAnsweredByReferences(canary)) {
        transaction.executeWithoutResult(_ -> prove(canary));
      }
    }
  }

  /** Asks those that were not asked. */
  private boolean isAnsweredByReferences(Canary canary) {
    if (settings.buyer().isEmpty()) {
      return true;
    }
    WalletAddress buyer = settings.buyer().get();
    settings.referenceNodes().stream()
        .filter(node -> serves(node, canary))
        .forEach(node -> canaries.ask(canary, new JobId(ids.next()), node));
    List<JobId> awaited = new ArrayList<>();
    for (Work work : canaries.referencesOf(canary.id())) {
      if (buying.buy(work.work(), canary.source(), work.worker(), buyer)) {
        awaited.add(work.work());
      }
    }
    return jobs.ends(awaited).keySet().containsAll(awaited);
  }

  private boolean serves(WalletAddress node, Canary canary) {
    return offers.of(node).stream()
        .anyMatch(offer ->
            offer.modelDigest().equals(canary.modelDigest())
                && offer.profile() == canary.profile());
  }

  private void prove(Canary canary) {
    Job job = jobs.all(Set.of(canary.source())).get(canary.source());
    Opened source = results.of(canary.source()).orElse(null);
    if (job == null || source == null) {
      canaries.drop(canary);
      return;
    }
    List<Work> references = canaries.referencesOf(canary.id());
    List<JobId> asked = new ArrayList<>(canaries.witnesses(canary.source()));
    references.forEach(work -> asked.add(work.work()));
    Map<JobId, Opened> answers = results.of(asked);
    boolean isDisputed = grade(job, source, references, answers);
    List<Opened> agreeing = new ArrayList<>(List.of(source));
    Set<WalletAddress> owners = new HashSet<>(Set.of(source.attested().worker()));
    answers.forEach((work, answer) -> {
      boolean isSame =
          !work.equals(canary.source())
              && comparing.compare(job, source, List.of(), answer) == Outcome.VALID;
      if (isSame) {
        agreeing.add(answer);
        owners.add(answer.attested().worker());
      }
    });
    if (owners.size() >= Judge.KNOWN && !isDisputed) {
      canaries.know(canary, agreeing);
    } else {
      canaries.drop(canary);
    }
  }

  /**
   * A node is right that agrees with the source, or with half of the other nodes: then the source
   * is wrong and the canary is not used, but nothing is wrong with the rule.
   *
   * @return whether any reference node does not agree with the source
   */
  private boolean grade(Job job, Opened source, List<Work> references, Map<JobId, Opened> answers) {
    List<Opened> nodes =
        references.stream().map(Work::work).map(answers::get).flatMap(Stream::ofNullable).toList();
    boolean isDisputed = false;
    for (Work work : references) {
      Opened answer = answers.get(work.work());
      if (answer == null) {
        canaries.grade(work, Outcome.INCONCLUSIVE);
        continue;
      }
      Outcome outcome = comparing.compare(job, source, List.of(), answer);
      isDisputed |= outcome != Outcome.VALID;
      if (outcome == Outcome.INVALID) {
        long others = nodes.size() - 1L;
        long same =
            nodes.stream()
                .filter(node -> node != answer)
                .filter(node -> comparing.compare(job, answer, List.of(), node) == Outcome.VALID)
                .count();
        outcome = same > 0 && 2 * same >= others ? Outcome.VALID : Outcome.INVALID;
      }
      if (canaries.grade(work, outcome) && outcome == Outcome.INVALID) {
        LOG.atWarn()
            .addKeyValue("node", work.worker())
            .addKeyValue("model", job.modelDigest())
            .log(
                "A reference node disagrees; too many of these and nothing is slashed for the"
                    + " model");
      }
    }
    return isDisputed;
  }
}
