package dev.assay.marketplace.audit;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.audit.Seals.LeafRow;
import dev.assay.marketplace.job.EndJobs;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.EventId;
import dev.assay.protocol.JobId;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.event.JobCleared;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * The one place where checks end. With the end of a check settlement is told to pay, or the
 * requester has its money back, in the same transaction and once.
 */
@Service
class EndChecks {
  private final CheckEnds ends;
  private final StrictReplays replays;
  private final AttestedResults results;
  private final FindJobs jobs;
  private final EndJobs jobEnds;
  private final AuditSettings settings;
  private final ApplicationEventPublisher events;
  private final Clock clock;
  private final Ids ids;

  EndChecks(
      CheckEnds ends,
      StrictReplays replays,
      AttestedResults results,
      FindJobs jobs,
      EndJobs jobEnds,
      AuditSettings settings,
      ApplicationEventPublisher events,
      Clock clock,
      Ids ids) {
    this.ends = ends;
    this.replays = replays;
    this.results = results;
    this.jobs = jobs;
    this.jobEnds = jobEnds;
    this.settings = settings;
    this.events = events;
    this.clock = clock;
    this.ids = ids;
  }

  /** A sealed result whose check is over. */
  record Over(LeafRow row, MerkleProof proof, CheckEnd.Reason reason) {}

  /** Those that had their end before are left as they are. */
  @Transactional(propagation = Propagation.MANDATORY)
  void end(EpochSeal seal, List<Over> ending) {
    if (ending.isEmpty()) {
      return;
    }
    List<Over> over = withoutUnconfirmed(ending);
    Instant now = clock.instant();
    Set<JobId> ended =
        ends.insert(
            over.stream()
                .map(one -> new CheckEnd(one.row().job(), one.row().attempt(), one.reason(), now))
                .toList());
    Map<JobId, Opened> opened = results.of(ended);
    Map<JobId, String> traceparents = jobs.traceparents(ended);
    for (Over one : over) {
      if (!ended.contains(one.row().job())) {
        continue;
      }
      if (one.reason().isCleared()) {
        var subject = new SealedLeaf(seal, one.row().leaf(), one.proof());
        Opened result = Objects.requireNonNull(opened.get(one.row().job()));
        events.publishEvent(
            new JobCleared(
                new EventId(ids.next()),
                now,
                result.signed(),
                subject,
                earned(one.row().leaf().price()),
                traceparents.getOrDefault(one.row().job(), "")));
      }
    }
    jobEnds.refund(
        over.stream()
            .filter(one -> !one.reason().isCleared())
            .map(one -> one.row().job())
            .filter(ended::contains)
            .toList());
  }

  /** What a strict replay has not confirmed is not paid, whatever its check came to. */
  private List<Over> withoutUnconfirmed(List<Over> over) {
    Set<JobId> unconfirmed =
        replays.unconfirmed(
            over.stream()
                .filter(one -> one.reason().isCleared())
                .map(one -> one.row().job())
                .toList());
    return unconfirmed.isEmpty()
        ? over
        : over.stream()
            .map(one ->
                unconfirmed.contains(one.row().job())
                    ? new Over(one.row(), one.proof(), CheckEnd.Reason.UNCONFIRMED)
                    : one)
            .toList();
  }

  /** The fee is rounded down: what cannot be shared is the worker's. */
  private TokenAmount earned(TokenAmount price) {
    return price.minus(price.share(settings.fee()));
  }
}
