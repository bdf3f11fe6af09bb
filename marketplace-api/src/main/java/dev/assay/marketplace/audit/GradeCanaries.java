package dev.assay.marketplace.audit;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.audit.Canaries.Canary;
import dev.assay.marketplace.audit.Canaries.Work;
import dev.assay.marketplace.audit.Seals.SealedEpoch;
import dev.assay.marketplace.audit.Standings.Subject;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.marketplace.platform.EachAlone;
import dev.assay.marketplace.platform.WhenChanged;
import dev.assay.protocol.CanaryEvidence;
import dev.assay.protocol.CanaryLeaf;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.EventId;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.event.CanaryFailed;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Holds what workers made of canaries against the known answers, once their results are sealed on
 * the chain: only then the Court could judge, too. Who is right has one more pass; who is not, by
 * more than the thresholds of the model, is told to settlement, unless reference nodes disagree
 * among themselves about the model.
 */
@Service
class GradeCanaries {
  private static final Logger LOG = LoggerFactory.getLogger(GradeCanaries.class);
  private static final int AT_ONCE = 200;

  private final Canaries canaries;
  private final Commitments commitments;
  private final AttestedResults results;
  private final CompareOutputs comparing;
  private final FindJobs jobs;
  private final Seals seals;
  private final Standings standings;
  private final TransactionOperations transaction;
  private final ApplicationEventPublisher events;
  private final Clock clock;
  private final Ids ids;

  GradeCanaries(
      Canaries canaries,
      Commitments commitments,
      AttestedResults results,
      CompareOutputs comparing,
      FindJobs jobs,
      Seals seals,
      Standings standings,
      TransactionOperations transaction,
      ApplicationEventPublisher events,
      Clock clock,
      Ids ids) {
    this.canaries = canaries;
    this.commitments = commitments;
    this.results = results;
    this.comparing = comparing;
    this.jobs = jobs;
    this.seals = seals;
    this.standings = standings;
    this.transaction = transaction;
    this.events = events;
    this.clock = clock;
    this.ids = ids;
  }

  @ByOneReplica
  @WhenChanged
  @Scheduled(
      initialDelayString = "${marketplace.audit.canary-every:1s}",
      fixedDelayString = "${marketplace.audit.canary-every:1s}")
  void grade() {
    EachAlone.run(
        canaries.ungraded(AT_ONCE), work -> transaction.executeWithoutResult(_ -> grade(work)));
  }

  private void grade(Work work) {
    JobEnd end = jobs.ends(Set.of(work.work())).get(work.work());
    if (end == null) {
      return;
    }
    Optional<Opened> result = results.of(work.work());
    if (result.isEmpty()) {
      canaries.grade(work, Outcome.INCONCLUSIVE); // silence is no wrong answer
      return;
    }
    Optional<SealedLeaf> sealed = seals.onChain(work.work());
    if (sealed.isPresent()) {
      grade(work, result.get(), sealed.get());
    }
  }

  private void grade(Work work, Opened result, SealedLeaf sealed) {
    Canary canary = canaries.find(work.canary());
    Job job = jobs.all(Set.of(work.work())).get(work.work());
    List<Digest> accepted = canaries.accepted(work.canary());
    Outcome outcome =
        job == null ? Outcome.INCONCLUSIVE : comparing.compareWithKnown(job, result, accepted);
    if (!canaries.grade(work, outcome)) {
      return;
    }
    boolean isQuarantined = canaries.quarantine(canary.modelDigest(), canary.profile()).isOn();
    if (outcome == Outcome.VALID || outcome == Outcome.INVALID && !isQuarantined) {
      standings.record(Subject.of(result.attested()), outcome);
    }
    if (outcome == Outcome.INVALID && !isQuarantined) {
      events.publishEvent(
          new CanaryFailed(
              new EventId(ids.next()),
              clock.instant(),
              evidence(canary, accepted, result, sealed),
              job == null ? "" : job.traceparent()));
    }
    LOG.atInfo()
        .addKeyValue("job", work.work())
        .addKeyValue("worker", work.worker())
        .addKeyValue("outcome", outcome)
        .log("A canary is graded");
  }

  private CanaryEvidence evidence(
      Canary canary, List<Digest> accepted, Opened result, SealedLeaf sealed) {
    long number = canaries.epochOf(canary.id());
    SealedEpoch epoch = seals.find(number).orElseThrow();
    EpochSeal seal = epoch.with(seals.chainSeal(number).orElseThrow().beaconCommitment());
    CanaryLeaf leaf = canary.leaf(accepted);
    return new CanaryEvidence(
        sealed,
        result.signed(),
        seal,
        leaf,
        commitments.proof(number, leaf),
        accepted,
        result.outputSalt(),
        result.outputDigest());
  }
}
