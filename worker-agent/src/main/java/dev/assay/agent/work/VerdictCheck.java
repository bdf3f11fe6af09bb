package dev.assay.agent.work;

import dev.assay.agent.key.SignOnceTable;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.OutputOpening;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.Verdict;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.verification.Assessment;
import dev.assay.protocol.verification.OutputComparison;
import dev.assay.protocol.wire.ResultSubmission;
import dev.assay.protocol.wire.VerdictRequests.VerdictRequest;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Decides whether a worker signs what a committee is asked for. It believes its own result alone,
 * and that only if it has signed it: whoever asks may have put the words into its mouth.
 */
final class VerdictCheck {
  private static final String NOT_OF_ONE_INPUT =
      "The results are not of one input, model, profile and method.";

  private VerdictCheck() {}

  /** What follows from a request. */
  sealed interface Decision {
    record Sign(Verdict verdict) implements Decision {}

    /**
     * @param why one sentence
     */
    record Decline(String why) implements Decision {}
  }

  /**
   * @param table of what this worker has signed
   * @throws IOException if the table cannot be read
   */
  static Decision of(
      VerdictRequest request, WalletAddress worker, SignOnceTable table, Domain court)
      throws IOException {
    Optional<String> objection = objection(request, worker, table, court);
    return objection.isPresent()
        ? new Decision.Decline(objection.get())
        : new Decision.Sign(verdict(request, worker, court));
  }

  private static Optional<String> objection(
      VerdictRequest request, WalletAddress worker, SignOnceTable table, Domain court)
      throws IOException {
    ResultAttestation accused = request.accused().attestation();
    ResultAttestation own = request.own().attestation();
    ResultAttestation reference = request.reference().attestation();
    if (accused.worker().equals(worker)) {
      return Optional.of("Nobody judges itself.");
    }
    boolean isSignedHere =
        own.worker().equals(worker)
            && table
                .of(request.own().ref())
                .filter(claim -> claim.attestation().equals(own.digest(court)))
                .isPresent();
    if (!isSignedHere) {
      return Optional.of("What is said to be its own result was not signed here.");
    }
    if (!isOpen(request.accused()) || !isOpen(request.own()) || !isOpen(request.reference())) {
      return Optional.of("An output is not the one that its worker has committed to.");
    }
    if (!isOfTheSame(accused, own) || !isOfTheSame(reference, own)) {
      return Optional.of(NOT_OF_ONE_INPUT);
    }
    if (accused.epoch() != request.epoch()) {
      return Optional.of("The accused result belongs into another epoch.");
    }
    return compare(request);
  }

  /** By the method of the attestation, as everybody compares. */
  private static Optional<String> compare(VerdictRequest request) {
    ResultAttestation accused = request.accused().attestation();
    Optional<OutputComparison> known =
        Arrays.stream(ProfileClass.values())
            .filter(profile -> profile.digest().equals(accused.profileDigest()))
            .findFirst()
            .map(profile -> new OutputComparison(accused.modelDigest(), profile))
            .filter(comparison ->
                comparison.method().filter(m -> m.code().number() == accused.method()).isPresent());
    if (known.isEmpty()) {
      return Optional.of("No thresholds are known for this model, profile and method.");
    }
    OutputComparison comparison = known.get();
    JobOutput claim = request.accused().output();
    boolean isOfOneInput =
        Stream.of(request.own(), request.reference())
            .allMatch(other ->
                comparison.isOfOneInput(
                    accused.inputDigest(),
                    claim,
                    other.attestation().inputDigest(),
                    other.output()));
    if (!isOfOneInput) {
      return Optional.of(NOT_OF_ONE_INPUT);
    }
    Digest subject = accused.inputDigest();
    JobOutput own = request.own().output();
    if (!(comparison.assess(subject, claim, own) instanceof Assessment.Flag)) {
      return Optional.of("By its own result the accused one is not invalid.");
    }
    return comparison.assess(subject, own, request.reference().output()) instanceof Assessment.Pass
        ? Optional.empty()
        : Optional.of("Its own result does not agree with the reference.");
  }

  private static boolean isOpen(ResultSubmission result) {
    ResultAttestation signed = result.attestation();
    var opening =
        new OutputOpening(
            signed.jobId(),
            signed.attempt(),
            signed.worker(),
            result.outputSalt(),
            result.output().digest());
    return opening.commitment().equals(signed.outputCommitment())
        && result.output().evidenceRoot().equals(signed.evidenceRoot());
  }

  private static boolean isOfTheSame(ResultAttestation one, ResultAttestation other) {
    return one.modelDigest().equals(other.modelDigest())
        && one.profileDigest().equals(other.profileDigest())
        && one.method() == other.method();
  }

  /**
   * It is dated by the worker's own result, which is when it has found this: the same bytes,
   * however often they are asked for.
   */
  private static Verdict verdict(VerdictRequest request, WalletAddress worker, Domain court) {
    ResultAttestation accused = request.accused().attestation();
    JobOutput reference = request.reference().output();
    return new Verdict(
        accused.digest(court),
        request.epoch(),
        request.round(),
        Outcome.INVALID,
        accused.method(),
        reference.digest(),
        reference.evidenceRoot(),
        worker,
        request.own().attestation().issuedAt());
  }
}
