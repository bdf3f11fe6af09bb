package dev.assay.marketplace.audit;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.attestation.AttestedResults.Contradiction;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.marketplace.platform.EachAlone;
import dev.assay.marketplace.platform.WhenChanged;
import dev.assay.protocol.EventId;
import dev.assay.protocol.Offence;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.event.ContradictionFound;
import dev.assay.protocol.event.HarmFound;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Tells settlement of each contradiction once, and, when the result that is paid for is sealed on
 * chain, whom it harmed. Looks for what was not told, so that a crash leaves nothing untold.
 */
@Service
class ReportContradictions {
  private static final int PAGE = 100;

  private final AttestedResults results;
  private final FindJobs jobs;
  private final Seals seals;
  private final TransactionOperations transaction;
  private final ApplicationEventPublisher events;
  private final Clock clock;
  private final Ids ids;

  ReportContradictions(
      AttestedResults results,
      FindJobs jobs,
      Seals seals,
      TransactionOperations transaction,
      ApplicationEventPublisher events,
      Clock clock,
      Ids ids) {
    this.results = results;
    this.jobs = jobs;
    this.seals = seals;
    this.transaction = transaction;
    this.events = events;
    this.clock = clock;
    this.ids = ids;
  }

  @ByOneReplica
  @WhenChanged
  @Scheduled(
      initialDelayString = "${marketplace.audit.report-every:1s}",
      fixedDelayString = "${marketplace.audit.report-every:1s}")
  void report() {
    Runnable told =
        () ->
            EachAlone.run(
                results.untold(PAGE),
                contradiction -> transaction.executeWithoutResult(_ -> tell(contradiction)));
    EachAlone.run(List.of(told, this::reportHarm), Runnable::run);
  }

  private void reportHarm() {
    EachAlone.run(
        results.withoutHarm(PAGE),
        contradiction ->
            seals
                .onChain(contradiction.job())
                .ifPresent(subject ->
                    transaction.executeWithoutResult(_ -> tellHarm(contradiction, subject))));
  }

  private void tell(Contradiction contradiction) {
    Instant now = clock.instant();
    if (results.told(contradiction, now)) {
      events.publishEvent(
          new ContradictionFound(
              new EventId(ids.next()),
              now,
              contradiction.first(),
              contradiction.second(),
              traceparent(contradiction)));
    }
  }

  private void tellHarm(Contradiction contradiction, SealedLeaf subject) {
    Instant now = clock.instant();
    ResultAttestation first = contradiction.first().attestation();
    if (results.harmTold(contradiction, now)) {
      events.publishEvent(
          new HarmFound(
              new EventId(ids.next()),
              now,
              Offence.CONTRADICTION.caseId(
                  first.worker(), Offence.attempt(first.jobId(), first.attempt())),
              contradiction.first(),
              subject,
              traceparent(contradiction)));
    }
  }

  private String traceparent(Contradiction about) {
    return jobs.traceparents(Set.of(about.job())).getOrDefault(about.job(), "");
  }
}
