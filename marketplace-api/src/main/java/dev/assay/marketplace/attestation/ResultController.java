package dev.assay.marketplace.attestation;

import dev.assay.marketplace.attestation.Attestations.Shown;
import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.matching.InHand;
import dev.assay.marketplace.platform.CourtSettings;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.marketplace.purse.Ledger;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.Signature;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.ResultAnswers;
import dev.assay.protocol.wire.ResultBatch;
import dev.assay.protocol.wire.WorkerAccount;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** Workers send results; requesters see what was signed. */
@RestController
class ResultController {
  private final RecordResults recording;
  private final Attestations attestations;
  private final FindJobs jobs;
  private final InHand inHand;
  private final Stakes stakes;
  private final Ledger ledger;
  private final CourtSettings court;

  ResultController(
      RecordResults recording,
      Attestations attestations,
      FindJobs jobs,
      InHand inHand,
      Stakes stakes,
      Ledger ledger,
      CourtSettings court) {
    this.recording = recording;
    this.attestations = attestations;
    this.jobs = jobs;
    this.inHand = inHand;
    this.stakes = stakes;
    this.ledger = ledger;
    this.court = court;
  }

  /**
   * All that anybody needs to check who answered: the signature over the attestation in the domain,
   * and the salt that opens its commitment to the output.
   *
   * @param digest what is signed
   */
  record AttestationBody(
      Domain domain,
      ResultAttestation attestation,
      Digest digest,
      Signature signature,
      WalletAddress sessionKey,
      Digest outputDigest,
      Digest outputSalt) {}

  /**
   * Takes results of finished attempts. Sending the same again is safe, and each is answered for
   * itself: one that is refused does not hold up the others.
   */
  @PostMapping(path = "/worker/v1/results", consumes = MediaType.APPLICATION_JSON_VALUE)
  ResultAnswers results(Caller caller, @RequestBody ResultBatch batch) {
    return new ResultAnswers(recording.record(caller.wallet(), batch.results()));
  }

  /** How the worker stands: its stake, what is at risk now, and what it has earned. */
  @GetMapping("/worker/v1/account")
  WorkerAccount account(Caller caller) {
    WalletAddress worker = caller.wallet();
    return new WorkerAccount(
        worker,
        stakes.freeStakeOf(worker),
        inHand.atRisk(worker),
        ledger.pendingOf(worker),
        attestations.count(worker));
  }

  /** What the worker signed for a job's result, and all that is needed to check it. */
  @Refuses({ProblemType.NOT_FOUND, ProblemType.NO_RESULT_YET})
  @GetMapping("/api/jobs/{id}/attestation")
  AttestationBody attestation(Caller caller, @PathVariable String id) {
    Job job = jobs.answered(jobs.find(caller.wallet(), id));
    Shown shown =
        jobs.visibleEndOf(job)
            .filter(JobEnd.Attested.class::isInstance)
            .map(JobEnd.Attested.class::cast)
            .flatMap(end -> attestations.of(job.id(), end.attempt()))
            .orElseThrow(() ->
                new Problem(ProblemType.NO_RESULT_YET, "No worker has attested a result of it."));
    return new AttestationBody(
        court.domain(),
        shown.attestation(),
        shown.digest(),
        shown.signature(),
        shown.sessionKey(),
        shown.outputDigest(),
        shown.outputSalt());
  }
}
