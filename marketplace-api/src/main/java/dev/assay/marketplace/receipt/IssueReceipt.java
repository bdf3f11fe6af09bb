package dev.assay.marketplace.receipt;

import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.audit.FindChecks;
import dev.assay.marketplace.audit.FindChecks.SealedResult;
import dev.assay.marketplace.dispatch.FindLeases;
import dev.assay.marketplace.identity.MarketContracts;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.JobEnd;
import dev.assay.marketplace.platform.CourtSettings;
import dev.assay.marketplace.receipt.ReceiptEvidence.Paid;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.Verdict;
import dev.assay.protocol.VerdictEvidence;
import dev.assay.protocol.Vote;
import dev.assay.protocol.receipt.JobReceipt;
import dev.assay.protocol.receipt.ReceiptChain;
import dev.assay.protocol.receipt.ReceiptResult;
import dev.assay.protocol.receipt.ReceiptVerdict;
import dev.assay.protocol.receipt.ReceiptVerdict.SignedVote;
import java.util.Optional;
import org.springframework.stereotype.Service;

/** Gathers a job's receipt from what each step of its life has kept. Nothing is decided here. */
@Service
class IssueReceipt {
  private final FindJobs jobs;
  private final FindLeases leases;
  private final AttestedResults results;
  private final FindChecks checks;
  private final ReceiptEvidence evidence;
  private final CourtSettings court;
  private final MarketContracts contracts;

  IssueReceipt(
      FindJobs jobs,
      FindLeases leases,
      AttestedResults results,
      FindChecks checks,
      ReceiptEvidence evidence,
      CourtSettings court,
      MarketContracts contracts) {
    this.jobs = jobs;
    this.leases = leases;
    this.results = results;
    this.checks = checks;
    this.evidence = evidence;
    this.court = court;
    this.contracts = contracts;
  }

  JobReceipt of(Job job) {
    Optional<JobEnd> end = jobs.visibleEndOf(job);
    Optional<Opened> opened =
        end.filter(JobEnd.Attested.class::isInstance).flatMap(_ -> results.of(job.id()));
    // In the order of a job's life: a step that happens meanwhile is not shown without its ground.
    Optional<SealedResult> sealed = opened.flatMap(_ -> checks.of(job.id()));
    Optional<ReceiptVerdict> verdict =
        sealed.flatMap(_ -> evidence.verdict(job.signedId())).map(this::verdict);
    Optional<Paid> paid =
        sealed.filter(it -> it.check().isPresent()).flatMap(_ -> evidence.payment(job.signedId()));
    return JobReceipt.of(
        job.id(),
        end.isPresent(),
        new ReceiptChain(
            court.id(),
            court.court(),
            contracts.escrow(),
            sealed.flatMap(SealedResult::sealedBy).orElse(null),
            sealed.flatMap(SealedResult::drawnBy).orElse(null),
            paid.map(Paid::transaction).orElse(null)),
        job.spec(),
        opened.map(it -> result(job, it)).orElse(null),
        sealed.map(SealedResult::seal).orElse(null),
        sealed.flatMap(SealedResult::draw).orElse(null),
        sealed.flatMap(SealedResult::check).orElse(null),
        sealed.flatMap(SealedResult::check).isPresent() ? verdict.orElse(null) : null,
        paid.map(Paid::settlement).orElse(null));
  }

  private ReceiptResult result(Job job, Opened opened) {
    return new ReceiptResult(
        leases.assignment(job, opened.attested().attempt()),
        opened.signed().attestation(),
        opened.signed().signature(),
        opened.sessionKey(),
        opened.outputDigest(),
        opened.outputSalt());
  }

  private ReceiptVerdict verdict(VerdictEvidence found) {
    var seal = found.subject().epochSeal();
    return new ReceiptVerdict(
        found.round(),
        found.referenceDigest(),
        found.evidenceRoot(),
        seal.verifierSetRoot(),
        seal.verifierCount(),
        found.votes().stream().map(vote -> signed(found, vote)).toList());
  }

  /** With the key, so that a reader sees whose signature it has to be. */
  private SignedVote signed(VerdictEvidence found, Vote vote) {
    ResultAttestation accused = found.result().attestation();
    Digest digest =
        new Verdict(
                accused.digest(court.domain()),
                accused.epoch(),
                found.round(),
                Outcome.INVALID,
                accused.method(),
                found.referenceDigest(),
                found.evidenceRoot(),
                vote.entry().verifier(),
                vote.issuedAt())
            .digest(court.domain());
    return new SignedVote(
        vote.entry(),
        vote.proof(),
        vote.issuedAt(),
        vote.signature(),
        vote.signature().signerOf(digest).orElseThrow());
  }
}
