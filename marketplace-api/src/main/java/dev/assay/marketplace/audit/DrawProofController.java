package dev.assay.marketplace.audit;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.assay.marketplace.audit.FindChecks.Proven;
import dev.assay.marketplace.audit.Seals.ChainDraw;
import dev.assay.marketplace.audit.Seals.ChainSeal;
import dev.assay.marketplace.audit.Seals.SealedEpoch;
import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.platform.CourtSettings;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.SealLeaf;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/** Why a job was, or was not, checked: for its requester to make the draw again. */
@RestController
class DrawProofController {
  private final FindJobs jobs;
  private final FindChecks checks;
  private final Seals seals;
  private final CheckEnds ends;
  private final CourtSettings court;

  DrawProofController(
      FindJobs jobs, FindChecks checks, Seals seals, CheckEnds ends, CourtSettings court) {
    this.jobs = jobs;
    this.checks = checks;
    this.seals = seals;
    this.ends = ends;
    this.court = court;
  }

  /**
   * @param hash of {@code leaf}; {@code proof} leads from it to {@code root}
   * @param beacon of {@code preimage}, {@code blockHash} and {@code root}; null until it is drawn
   * @param selected whether the beacon selects the leaf; null until it is drawn
   * @param check how the check ended; null until it has
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record DrawProof(
      Domain domain,
      long epoch,
      Digest root,
      SealLeaf leaf,
      Digest hash,
      MerkleProof proof,
      @Nullable Digest beaconCommitment,
      @Nullable Digest preimage,
      @Nullable Digest blockHash,
      @Nullable Digest beacon,
      @Nullable Boolean selected,
      @Nullable Check check) {}

  /**
   * @param outcome {@code cleared}, the worker is paid, or {@code rejected}, the requester is not
   *     charged
   */
  record Check(String outcome, String reason, Instant at) {}

  /** Where a job's result is in its epoch, and how the draw went. */
  @Refuses({ProblemType.NOT_FOUND, ProblemType.NO_RESULT_YET})
  @GetMapping("/api/jobs/{id}/draw-proof")
  DrawProof proof(Caller caller, @PathVariable String id) {
    Job job = jobs.answered(jobs.find(caller.wallet(), id));
    Proven proven = checks.proven(job.id()).orElseThrow(DrawProofController::notSealed);
    SealedEpoch epoch = proven.epoch();
    SealLeaf leaf = proven.leaf();
    Optional<ChainDraw> draw = seals.chainDraw(epoch.number());
    return new DrawProof(
        court.domain(),
        epoch.number(),
        epoch.root(),
        leaf,
        leaf.hash(),
        proven.proof(),
        seals.chainSeal(epoch.number()).map(ChainSeal::beaconCommitment).orElse(null),
        draw.map(ChainDraw::preimage).orElse(null),
        draw.map(ChainDraw::blockHash).orElse(null),
        draw.map(it -> it.beacon().value()).orElse(null),
        draw.map(it -> it.beacon().selects(epoch.number(), leaf.hash(), leaf.auditRateBps()))
            .orElse(null),
        ends.find(job.id())
            .map(end -> new Check(end.outcome(), end.reason().label(), end.at()))
            .orElse(null));
  }

  private static Problem notSealed() {
    return new Problem(
        ProblemType.NO_RESULT_YET,
        "Its result is not sealed. Results are sealed about a minute after they came; ask again"
            + " then.");
  }
}
