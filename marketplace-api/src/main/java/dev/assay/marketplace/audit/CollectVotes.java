package dev.assay.marketplace.audit;

import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.audit.Audits.Audit;
import dev.assay.marketplace.audit.Audits.Seat;
import dev.assay.marketplace.audit.Audits.Stage;
import dev.assay.marketplace.job.Blobs;
import dev.assay.marketplace.platform.CourtSettings;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.JobId;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.Verdict;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.wire.ResultSubmission;
import dev.assay.protocol.wire.VerdictRequests;
import dev.assay.protocol.wire.VerdictRequests.VerdictRequest;
import dev.assay.protocol.wire.VerdictVote;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionOperations;
import tools.jackson.databind.json.JsonMapper;

/** Asks the members of committees to sign what they found, and keeps their signatures. */
@Service
class CollectVotes {
  private final Audits audits;
  private final VerifierLapses lapses;
  private final AttestedResults results;
  private final Blobs blobs;
  private final Stakes stakes;
  private final CourtSettings court;
  private final TransactionOperations transaction;
  private final JsonMapper json;

  CollectVotes(
      Audits audits,
      VerifierLapses lapses,
      AttestedResults results,
      Blobs blobs,
      Stakes stakes,
      CourtSettings court,
      TransactionOperations transaction,
      JsonMapper json) {
    this.audits = audits;
    this.lapses = lapses;
    this.results = results;
    this.blobs = blobs;
    this.stakes = stakes;
    this.court = court;
    this.transaction = transaction;
    this.json = json;
  }

  VerdictRequests wantedOf(WalletAddress verifier) {
    List<VerdictRequest> requests = new ArrayList<>();
    for (Seat seat : audits.unsigned(verifier, VerdictRequests.MAX_REQUESTS)) {
      audits.find(seat.audit()).flatMap(audit -> request(audit, seat)).ifPresent(requests::add);
    }
    return new VerdictRequests(requests);
  }

  private Optional<VerdictRequest> request(Audit audit, Seat seat) {
    Optional<ResultSubmission> accused = submission(audit.job());
    Optional<ResultSubmission> own = submission(seat.work());
    Optional<ResultSubmission> reference = audit.reference().flatMap(this::submission);
    if (accused.isEmpty() || own.isEmpty() || reference.isEmpty()) {
      return Optional.empty(); // it did not answer, or an output is no longer kept
    }
    return Optional.of(
        new VerdictRequest(
            accused.get(), own.get(), reference.get(), audit.epoch(), audit.round()));
  }

  /**
   * @throws Problem if nobody asked for it, or it is not what was asked for
   */
  void take(WalletAddress verifier, VerdictVote vote) {
    boolean isSigned =
        vote.signature()
            .signerOf(vote.verdict().digest(court.domain()))
            .flatMap(stakes::ownerOf)
            .filter(verifier::equals)
            .isPresent();
    if (!isSigned || !vote.verdict().verifier().equals(verifier)) {
      throw new Problem(
          ProblemType.INVALID_BODY, "No key that you have bound on chain signed this verdict.");
    }
    boolean isKept = Boolean.TRUE.equals(transaction.execute(_ -> keep(verifier, vote)));
    if (!isKept) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "Your own result says otherwise: a verdict is signed by who has found what it says.");
    }
  }

  /**
   * @return false for a vote of somebody who did not look, which does not count
   */
  private boolean keep(WalletAddress verifier, VerdictVote vote) {
    Verdict verdict = vote.verdict();
    Audit audit =
        results
            .jobOf(verdict.attestation())
            .flatMap(audits::lock)
            .filter(it -> it.stage() == Stage.VERDICT && it.round() == verdict.round())
            .orElseThrow(CollectVotes::notAsked);
    Seat seat =
        audits.seats(audit.job()).stream()
            .filter(it -> it.round() == audit.round() && it.verifier().equals(verifier))
            .findFirst()
            .orElseThrow(CollectVotes::notAsked);
    if (!verdict.equals(expected(audit, verdict))) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "A verdict names the attestation, its epoch and method, 'invalid', and the digest and"
              + " evidence root of the reference's output.");
    }
    Outcome found = seat.finding().orElseThrow(CollectVotes::notAsked);
    switch (found) {
      case INVALID -> audits.sign(seat, new Audits.Vote(verdict.issuedAt(), vote.signature()));
      case VALID -> lapses.signedBlind(seat);
      case INCONCLUSIVE -> throw notAsked();
    }
    return found == Outcome.INVALID;
  }

  private Verdict expected(Audit audit, Verdict given) {
    Opened accused = results.of(audit.job()).orElseThrow();
    Opened reference = results.of(audit.reference().orElseThrow()).orElseThrow();
    return new CommitteeVerdict(audit, accused, reference).of(given.verifier(), given.issuedAt());
  }

  private Optional<ResultSubmission> submission(JobId job) {
    return results
        .of(job)
        .flatMap(opened ->
            blobs
                .find(opened.outputDigest())
                .map(content ->
                    new ResultSubmission(
                        opened.signed().attestation(),
                        opened.signed().signature(),
                        opened.outputSalt(),
                        json.readValue(content, JobOutput.class))));
  }

  private static Problem notAsked() {
    return new Problem(
        ProblemType.NOT_FOUND,
        "Nobody asks you for this verdict: GET /worker/v1/verdicts says what is asked for.");
  }
}
