package dev.assay.marketplace.audit;

import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.audit.Audits.Seat;
import dev.assay.marketplace.audit.Seals.ChainDraw;
import dev.assay.marketplace.audit.Seals.ChainSeal;
import dev.assay.marketplace.audit.Seals.SealedEpoch;
import dev.assay.protocol.JobId;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.content.VerificationCode;
import dev.assay.protocol.receipt.ReceiptChain.Reference;
import dev.assay.protocol.receipt.ReceiptCheck;
import dev.assay.protocol.receipt.ReceiptCheck.Reason;
import dev.assay.protocol.receipt.ReceiptCheck.Witness;
import dev.assay.protocol.receipt.ReceiptDraw;
import dev.assay.protocol.receipt.ReceiptSeal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.springframework.stereotype.Service;

/** Where results are sealed, how their draw went and how their check ended, as receipts say it. */
@Service
public class FindChecks {
  private final Seals seals;
  private final CheckEnds ends;
  private final Audits audits;
  private final AttestedResults results;

  FindChecks(Seals seals, CheckEnds ends, Audits audits, AttestedResults results) {
    this.seals = seals;
    this.ends = ends;
    this.audits = audits;
    this.results = results;
  }

  /**
   * A result in its epoch's tree, with what the chain says of the epoch.
   *
   * @param check how it ended; none while it has not
   */
  public record SealedResult(
      ReceiptSeal seal,
      Optional<Reference> sealedBy,
      Optional<ReceiptDraw> draw,
      Optional<Reference> drawnBy,
      Optional<ReceiptCheck> check) {}

  /** A leaf with the way to its root. */
  record Proven(SealedEpoch epoch, SealLeaf leaf, MerkleProof proof) {}

  /** None while its epoch is not closed. */
  Optional<Proven> proven(JobId job) {
    return seals
        .leafOf(job)
        .flatMap(found ->
            seals
                .find(found.epoch())
                .map(epoch -> {
                  SealLeaf leaf = found.row().leaf();
                  long rank = seals.rank(epoch.number(), leaf.hash());
                  var proofs = seals.proofs(epoch.number(), List.of(rank), epoch.count());
                  return new Proven(epoch, leaf, Objects.requireNonNull(proofs.get(rank)));
                }));
  }

  /** None while its epoch is not closed. */
  public Optional<SealedResult> of(JobId job) {
    // The end first: what it rests on is there when it is.
    Optional<CheckEnd> end = ends.find(job);
    return proven(job).map(proven -> shown(job, proven, end));
  }

  private SealedResult shown(JobId job, Proven proven, Optional<CheckEnd> end) {
    long epoch = proven.epoch().number();
    Optional<ChainSeal> seal = seals.chainSeal(epoch);
    Optional<ChainDraw> draw = seals.chainDraw(epoch);
    return new SealedResult(
        new ReceiptSeal(proven.epoch().root(), proven.leaf(), proven.proof()),
        seal.map(it -> new Reference(it.transaction(), it.blockNumber())),
        draw.map(it ->
            new ReceiptDraw(
                it.preimage(),
                it.blockHash(),
                it.beacon(),
                it.beacon().selects(epoch, proven.leaf().hash(), proven.leaf().auditRateBps()))),
        draw.map(it -> new Reference(it.transaction(), it.blockNumber())),
        end.map(it -> check(job, it, draw.isPresent())));
  }

  private ReceiptCheck check(JobId job, CheckEnd end, boolean isDrawn) {
    return switch (end.reason()) {
      case NOT_DRAWN -> new ReceiptCheck(Reason.NOT_DRAWN, false, List.of());
      case PASSED -> passed(job);
      case UPHELD -> new ReceiptCheck(Reason.UPHELD, false, witnesses(job));
      case UNCHECKED ->
          new ReceiptCheck(isDrawn ? Reason.UNCHECKED : Reason.WITHHELD, false, List.of());
      case INVALID -> new ReceiptCheck(Reason.INVALID, false, List.of());
      case UNCONFIRMED -> new ReceiptCheck(Reason.UNCONFIRMED, false, List.of());
    };
  }

  /** Of a large input the first verifier gets some items, and so signs for another one. */
  private ReceiptCheck passed(JobId job) {
    ResultAttestation paid = results.of(job).orElseThrow().signed().attestation();
    List<Witness> witnesses = witnesses(job);
    boolean isPartial =
        paid.method() != VerificationCode.LOGPROB_SPOT.number()
            && witnesses.stream()
                .anyMatch(it -> !it.attestation().inputDigest().equals(paid.inputDigest()));
    return new ReceiptCheck(Reason.PASSED, isPartial, witnesses);
  }

  /** What those of the last draw have found. */
  private List<Witness> witnesses(JobId job) {
    List<Seat> seats = audits.seats(job);
    int last = audits.find(job).orElseThrow().round();
    List<JobId> works =
        seats.stream().filter(seat -> seat.round() == last).map(Seat::work).toList();
    Map<JobId, Opened> found = results.of(works);
    return works.stream()
        .map(found::get)
        .filter(Objects::nonNull)
        .map(it ->
            new Witness(
                it.signed().attestation(),
                it.signed().signature(),
                it.sessionKey(),
                it.outputDigest(),
                it.outputSalt()))
        .toList();
  }
}
