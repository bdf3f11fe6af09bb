package dev.assay.protocol.receipt;

import static dev.assay.protocol.receipt.Claim.same;
import static dev.assay.protocol.receipt.Claim.step;
import static dev.assay.protocol.receipt.Claim.that;

import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.OutputOpening;
import dev.assay.protocol.ReceiptLeaf;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.Signable;
import dev.assay.protocol.Signature;
import dev.assay.protocol.Verdict;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.assurance.Assurance;
import dev.assay.protocol.content.VerificationCode;
import dev.assay.protocol.receipt.ReceiptCheck.Reason;
import dev.assay.protocol.receipt.ReceiptCheck.Witness;
import dev.assay.protocol.receipt.ReceiptVerdict.SignedVote;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks a receipt with nothing but itself: that all its parts belong together, and that a worker's
 * key signed the result. Whether the roots were ever posted only a node knows: {@link
 * CheckOnChain}.
 */
public final class CheckReceipt {
  /** Of a committee's seven, as the Court counts. */
  private static final int QUORUM = 5;

  private static final int OWN_PROFILE = 2;

  private final JobReceipt receipt;
  private final Domain domain;
  private final List<Step> steps = new ArrayList<>();

  private CheckReceipt(JobReceipt receipt) {
    this.receipt = receipt;
    this.domain = receipt.chain().domain();
  }

  /** All steps for which the receipt has what is needed; it holds if all of them do. */
  public static List<Step> offline(JobReceipt receipt) {
    return new CheckReceipt(receipt).steps();
  }

  private List<Step> steps() {
    steps.add(status());
    steps.add(request());
    ReceiptResult result = receipt.result();
    if (result != null) {
      steps.add(assignment(result));
      steps.add(attestation(result));
      steps.add(output(result));
      if (receipt.seal() != null) {
        ofSealed(result, receipt.seal());
      }
    }
    steps.add(nothingWithoutItsGround());
    return List.copyOf(steps);
  }

  private void ofSealed(ReceiptResult result, ReceiptSeal seal) {
    steps.add(seal(result, seal));
    ReceiptDraw draw = receipt.draw();
    if (draw != null) {
      steps.add(draw(result, seal, draw));
    }
    ReceiptCheck check = receipt.check();
    if (check != null) {
      steps.add(check(result, draw, check));
      steps.add(assurance(seal, check));
    }
    if (receipt.verdict() != null && draw != null) {
      steps.add(verdict(result, seal, draw, receipt.verdict()));
    }
    if (receipt.settlement() != null) {
      steps.add(settlement(result, seal, receipt.settlement()));
    }
  }

  private Step status() {
    ReceiptStatus status = receipt.status();
    ReceiptStatus shown =
        ReceiptStatus.of(
            receipt.chain(),
            receipt.result(),
            receipt.seal(),
            receipt.draw(),
            receipt.check(),
            receipt.verdict(),
            receipt.settlement());
    boolean isUnpaid = status == ReceiptStatus.UNPAID && receipt.result() == null;
    return step(
        "status",
        that(
            status == shown || isUnpaid,
            "the receipt has what '%s' asks for".formatted(status.label()),
            "the receipt says '%s', but has what '%s' asks for"
                .formatted(status.label(), shown.label())),
        that(
            Objects.equals(receipt.missing(), status.missing()),
            "it says what is missing",
            "'missing' does not say what is missing at '%s'".formatted(status.label())),
        that(
            status.missing() == null,
            "nothing is missing",
            "it is not final: %s".formatted(status.missing())),
        that(!isUnpaid, "it has a result", "the job ended without a result: nothing was paid"));
  }

  private Step request() {
    return step(
        "request",
        same("the receipt's job", receipt.job().word(), "request.uuid", receipt.request().uuid()));
  }

  private Step assignment(ReceiptResult result) {
    var assignment = result.assignment();
    var request = receipt.request();
    return step(
        "assignment",
        same("the request's digest", request.digest(domain), "assignment.spec", assignment.spec()),
        same(
            "the id of this requester's job",
            receipt.job().of(request.requester()),
            "assignment.jobId",
            assignment.jobId()),
        same("the request's method", request.method(), "assignment.method", assignment.method()),
        that(
            assignment.price().compareTo(request.maxPrice()) <= 0,
            "its price %s is within the requester's %s"
                .formatted(assignment.price(), request.maxPrice()),
            "its price %s is above the requester's %s"
                .formatted(assignment.price(), request.maxPrice())));
  }

  private Step attestation(ReceiptResult result) {
    var attestation = result.attestation();
    var assignment = result.assignment();
    var request = receipt.request();
    return step(
        "attestation",
        same(
            "the assignment's digest",
            assignment.digest(domain),
            "attestation.assignment",
            attestation.assignment()),
        same("the assignment's job", assignment.jobId(), "attestation.jobId", attestation.jobId()),
        same(
            "the assignment's attempt",
            assignment.attempt(),
            "attestation.attempt",
            attestation.attempt()),
        same(
            "the assignment's worker",
            assignment.worker(),
            "attestation.worker",
            attestation.worker()),
        same(
            "the request's model",
            request.modelDigest(),
            "attestation.modelDigest",
            attestation.modelDigest()),
        same(
            "the request's input",
            request.inputDigest(),
            "attestation.inputDigest",
            attestation.inputDigest()),
        same("the request's method", request.method(), "attestation.method", attestation.method()),
        signedBy(result.sessionKey(), result.signature(), attestation, "sessionKey"));
  }

  private Claim signedBy(WalletAddress key, Signature signature, Signable message, String where) {
    Optional<WalletAddress> signer = signature.signerOf(message.digest(domain));
    return signer.isEmpty()
        ? that(false, "", "no key can have made this signature")
        : same("its signer", signer.get(), where, key);
  }

  private Step output(ReceiptResult result) {
    return step(
        "output",
        opens(result.attestation(), result.outputSalt(), result.outputDigest(), "attestation"));
  }

  private static Claim opens(
      ResultAttestation attestation, Digest salt, Digest output, String where) {
    var opening =
        new OutputOpening(
            attestation.jobId(), attestation.attempt(), attestation.worker(), salt, output);
    return same(
        "the commitment of output and salt",
        opening.commitment(),
        where + ".outputCommitment",
        attestation.outputCommitment());
  }

  private Step seal(ReceiptResult result, ReceiptSeal seal) {
    SealLeaf leaf = seal.leaf();
    return step(
        "seal",
        same(
            "the attestation's digest",
            result.attestation().digest(domain),
            "seal.leaf.attestation",
            leaf.attestation()),
        same("its worker", result.attestation().worker(), "seal.leaf.worker", leaf.worker()),
        same(
            "its requester",
            receipt.request().requester(),
            "seal.leaf.requester",
            leaf.requester()),
        that(
            leaf.price().compareTo(result.assignment().price()) <= 0,
            "the price %s is within the assignment's %s"
                .formatted(leaf.price(), result.assignment().price()),
            "the price %s is above the assignment's %s"
                .formatted(leaf.price(), result.assignment().price())),
        that(
            seal.proof().proves(leaf.hash(), seal.root()),
            "its leaf lies under the root %s of epoch %d"
                .formatted(seal.root(), result.attestation().epoch()),
            "the leaf %s and seal.proof do not lead to seal.root %s"
                .formatted(leaf.hash(), seal.root())));
  }

  private static Step draw(ReceiptResult result, ReceiptSeal seal, ReceiptDraw draw) {
    return step(
        "draw",
        same(
            "the beacon of preimage, block hash and root",
            Beacon.of(draw.preimage(), draw.blockHash(), seal.root()).value(),
            "draw.beacon",
            draw.beacon().value()),
        same(
            "whether it selects the leaf",
            draw.beacon()
                .selects(
                    result.attestation().epoch(), seal.leaf().hash(), seal.leaf().auditRateBps()),
            "draw.selected",
            draw.selected()));
  }

  private Step check(ReceiptResult result, @Nullable ReceiptDraw draw, ReceiptCheck check) {
    Reason reason = check.reason();
    List<Claim> claims = new ArrayList<>();
    boolean isUnconfirmed = reason == Reason.UNCONFIRMED;
    claims.add(
        that(
            (isUnconfirmed || (reason == Reason.WITHHELD) == (draw == null))
                && (draw == null || draw.selected() == (reason != Reason.NOT_DRAWN)),
            "'%s' is what the draw allows".formatted(reason.label()),
            "'%s' is not what can follow %s"
                .formatted(
                    reason.label(),
                    draw == null ? "without a draw" : "when selected is " + draw.selected())));
    claims.add(
        that(
            (reason == Reason.INVALID) == (receipt.verdict() != null),
            reason == Reason.INVALID ? "a verdict is there" : "no verdict is needed",
            reason == Reason.INVALID ? "its verdict is missing" : "a verdict contradicts it"));
    claims.add(
        that(
            !isUnconfirmed || JobReceipt.isStrict(receipt.request()),
            "the request's thresholds allow it",
            "the request did not ask for the strict replay"));
    int wanted = reason == Reason.PASSED ? 1 : reason == Reason.UPHELD ? QUORUM : 0;
    int there = check.witnesses().size();
    claims.add(
        that(
            reason == Reason.UPHELD ? there >= wanted : there == wanted,
            "%d witnesses".formatted(there),
            "'%s' rests on %d witnesses, and there are %d"
                .formatted(reason.label(), wanted, there)));
    Set<WalletAddress> seen = new HashSet<>();
    seen.add(result.attestation().worker());
    for (Witness witness : check.witnesses()) {
      claims.addAll(witness(witness, check.partial(), seen));
    }
    if (wanted > 0) {
      claims.add(agreement(result, check));
    }
    return step("check", claims);
  }

  private List<Claim> witness(Witness witness, boolean isPartial, Set<WalletAddress> seen) {
    ResultAttestation found = witness.attestation();
    return List.of(
        that(
            seen.add(found.worker()),
            "a witness of its own",
            "the worker %s would be its own witness, or one twice".formatted(found.worker())),
        same(
            "the request's model",
            receipt.request().modelDigest(),
            "the witness's",
            found.modelDigest()),
        input(found, isPartial),
        opens(found, witness.outputSalt(), witness.outputDigest(), "the witness's attestation"),
        signedBy(witness.sessionKey(), witness.signature(), found, "the witness's sessionKey"));
  }

  /** Who has the texts can check also a part of them: the beacon names its items. */
  private Claim input(ResultAttestation found, boolean isPartial) {
    if (isPartial) {
      return that(
          !isScored() && !found.inputDigest().equals(receipt.request().inputDigest()),
          "it was asked for some items of the input, by the market's word",
          "the check is said to be partial, and the witness had the whole input");
    }
    return isScored()
        ? that(true, "its model was asked for the result's tokens, by the market's word", "")
        : same(
            "the request's input",
            receipt.request().inputDigest(),
            "the witness's",
            found.inputDigest());
  }

  /** Then a witness does not compute the same, and what it was asked has a digest of its own. */
  private boolean isScored() {
    return receipt.request().method() == VerificationCode.LOGPROB_SPOT.number();
  }

  /** Outputs within a tolerance have other digests: then it is the market that compared them. */
  private static Claim agreement(ReceiptResult result, ReceiptCheck check) {
    long same =
        check.witnesses().stream()
            .filter(witness -> witness.outputDigest().equals(result.outputDigest()))
            .count();
    return that(
        true,
        "%d of %d found the very same output; others are within the tolerance by the market's word"
            .formatted(same, check.witnesses().size()),
        "");
  }

  private Step assurance(ReceiptSeal seal, ReceiptCheck check) {
    boolean isStrict = JobReceipt.isStrict(receipt.request());
    Assurance follows = check.assurance(seal.leaf().auditRateBps(), isStrict);
    return step(
        "assurance",
        that(
            Objects.equals(follows, receipt.assurance()),
            follows == null
                ? "none, as nobody pays for the result"
                : "an error bound of %s follows from the sealed rate %s and the check"
                    .formatted(follows.errorBound(), seal.leaf().auditRateBps()),
            "%s follows from the sealed rate and the check, but the receipt says %s"
                .formatted(follows, receipt.assurance())));
  }

  private Step verdict(
      ReceiptResult result, ReceiptSeal seal, ReceiptDraw draw, ReceiptVerdict verdict) {
    List<Claim> claims = new ArrayList<>();
    WalletAddress before = WalletAddress.ZERO;
    long ownProfile = 0;
    for (SignedVote vote : verdict.votes()) {
      WalletAddress verifier = vote.entry().verifier();
      claims.add(
          that(
              verifier.compareTo(before) > 0 && !verifier.equals(result.attestation().worker()),
              "another verifier",
              "%s votes twice, out of order, or on itself".formatted(verifier)));
      before = verifier;
      claims.addAll(vote(result, seal, draw, verdict, vote));
      if (vote.entry().profileDigest().equals(result.attestation().profileDigest())) {
        ownProfile++;
      }
    }
    claims.add(
        that(
            verdict.votes().size() >= QUORUM && ownProfile >= OWN_PROFILE,
            "%d of the committee agree, %d of the worker's profile"
                .formatted(verdict.votes().size(), ownProfile),
            "%d votes, %d of the worker's profile, are too few"
                .formatted(verdict.votes().size(), ownProfile)));
    return step("verdict", claims);
  }

  private List<Claim> vote(
      ReceiptResult result,
      ReceiptSeal seal,
      ReceiptDraw draw,
      ReceiptVerdict verdict,
      SignedVote vote) {
    ResultAttestation accused = result.attestation();
    var committee =
        draw.beacon()
            .committee(
                seal.leaf().hash(),
                verdict.round(),
                verdict.verifierCount(),
                vote.entry().ofProfile());
    var finding =
        new Verdict(
            accused.digest(domain),
            accused.epoch(),
            verdict.round(),
            Outcome.INVALID,
            accused.method(),
            verdict.referenceDigest(),
            verdict.evidenceRoot(),
            vote.entry().verifier(),
            vote.issuedAt());
    return List.of(
        that(
            vote.proof().proves(vote.entry().hash(), verdict.verifierSetRoot()),
            "it is in the sealed set",
            "%s is not in the set of verdict.verifierSetRoot".formatted(vote.entry().verifier())),
        that(
            vote.entry().index() < verdict.verifierCount()
                && committee.seats(vote.entry(), accused.profileDigest()),
            "the beacon seats it",
            "the beacon gives %s no seat in round %d"
                .formatted(vote.entry().verifier(), verdict.round())),
        signedBy(vote.sessionKey(), vote.signature(), finding, "the vote's sessionKey"));
  }

  private Step settlement(ReceiptResult result, ReceiptSeal seal, ReceiptSettlement settlement) {
    ReceiptLeaf leaf = settlement.leaf();
    return step(
        "settlement",
        same(
            "the attestation's digest",
            result.attestation().digest(domain),
            "settlement.leaf.attestation",
            leaf.attestation()),
        same(
            "the attestation's job",
            result.attestation().jobId(),
            "settlement.leaf.jobId",
            leaf.jobId()),
        same(
            "the attempt",
            result.attestation().attempt(),
            "settlement.leaf.attempt",
            leaf.attempt()),
        same("the sealed price", seal.leaf().price(), "settlement.leaf.price", leaf.price()),
        that(
            settlement.proof().proves(leaf.hash(), settlement.root()),
            "its line lies under the batch's root %s".formatted(settlement.root()),
            "the line %s and settlement.proof do not lead to settlement.root %s"
                .formatted(leaf.hash(), settlement.root())));
  }

  /** What the steps above did not look at, because what it hangs on is not there. */
  private Step nothingWithoutItsGround() {
    var chain = receipt.chain();
    boolean hasResult = receipt.result() != null;
    boolean hasSeal = hasResult && receipt.seal() != null;
    return step(
        "parts",
        ground("result", receipt.seal() != null, hasResult),
        ground("seal", receipt.draw() != null, hasSeal),
        ground("seal", receipt.check() != null, hasSeal),
        ground("seal", receipt.settlement() != null, hasSeal),
        ground("check", receipt.settlement() != null, receipt.check() != null),
        ground("check", receipt.assurance() != null, receipt.check() != null),
        ground("draw", receipt.verdict() != null, receipt.draw() != null),
        ground("check", receipt.verdict() != null, receipt.check() != null),
        that(
            receipt.settlement() == null || receipt.verdict() == null,
            "it is either paid or rejected",
            "it is both paid and rejected"),
        that(
            (chain.draw() != null) == (receipt.draw() != null)
                && (chain.settlement() != null) == (receipt.settlement() != null)
                && (chain.seal() == null || receipt.seal() != null),
            "each is said with its transaction",
            "a draw, a settlement or a seal is there without its transaction in 'chain', or the"
                + " other way round"));
  }

  private static Claim ground(String what, boolean isNeeded, boolean isThere) {
    return that(
        !isNeeded || isThere,
        "'%s' is there where it is needed".formatted(what),
        "'%s' is missing, and something rests on it".formatted(what));
  }
}
