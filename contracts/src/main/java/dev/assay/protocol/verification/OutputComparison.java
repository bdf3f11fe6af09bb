package dev.assay.protocol.verification;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.ChatOutput.FinishReason;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.verification.Assessment.Inconclusive;
import dev.assay.protocol.verification.VerificationMethod.LogprobSpot;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How two outputs of one model are held against each other, by the thresholds of the class of
 * profiles that made the claim. Market, verifiers and strangers ask this one.
 *
 * @param model digest of its manifest
 * @param profile of whoever made the claim
 */
public record OutputComparison(Digest model, ProfileClass profile) {
  private static final VerificationMethod EXACT = new VerificationMethod.ExactDigest();

  /** By which method; none where nothing was calibrated. */
  public Optional<VerificationMethod> method() {
    return Calibration.of(model, profile).map(Calibration::method);
  }

  /**
   * Without a calibration only equal bytes say anything: that both came to the same.
   *
   * @param subject digest of the job's spec
   * @param claim null if it is not there
   * @param reference null if it is not there
   */
  public Assessment assess(
      Digest subject, @Nullable JobOutput claim, @Nullable JobOutput reference) {
    return assess(subject, claim, List.of(), reference);
  }

  /**
   * @param items of the claim that the reference was made of, in its order; empty for all
   */
  public Assessment assess(
      Digest subject,
      @Nullable JobOutput claim,
      List<Integer> items,
      @Nullable JobOutput reference) {
    if (claim == null || reference == null) {
      return new Inconclusive("An output is no longer kept.");
    }
    if (claim instanceof ChatOutput said && said.trace() == null && isCutOff(said)) {
      return new Inconclusive("It was cancelled before the first token.");
    }
    JobOutput held = claim instanceof ChatOutput said ? endedAs(said, reference) : reference;
    return method()
        .map(method -> method.assess(subject, some(claim, items), evidence(held)))
        .orElseGet(() -> uncalibrated(subject, claim, reference));
  }

  private static boolean isCutOff(ChatOutput said) {
    return said.finishReason() == FinishReason.CANCELLED;
  }

  /** Who was cancelled may have been at the end already, and says nothing of it. */
  private static JobOutput endedAs(ChatOutput claim, JobOutput reference) {
    return isCutOff(claim) && reference instanceof ChatOutput scored
        ? new ChatOutput(scored.text(), FinishReason.CANCELLED, scored.trace())
        : reference;
  }

  private static Assessment uncalibrated(Digest subject, JobOutput claim, JobOutput reference) {
    Assessment exact =
        EXACT.assess(
            subject, new Evidence.Output(claim.digest()), new Evidence.Output(reference.digest()));
    return exact instanceof Assessment.Pass
        ? exact
        : new Inconclusive("The outputs differ, and no thresholds are known for this model.");
  }

  /** What a method compares of an output. */
  public static Evidence evidence(JobOutput output) {
    return switch (output) {
      case EmbeddingsOutput vectors -> Evidence.of(vectors);
      case ChatOutput chat -> Evidence.ofChat(chat);
    };
  }

  /**
   * Whether answers are checked by what a verifier's model thinks of their tokens, and so come with
   * what the worker's thought.
   */
  public boolean isScored() {
    return method().filter(LogprobSpot.class::isInstance).isPresent();
  }

  /**
   * What a verifier is asked, to be held against a claim: the same as the worker; or, where answers
   * are scored, to have its model say the claimed tokens.
   *
   * @param claim null if it is not there
   */
  public JobInput asked(JobInput input, @Nullable JobOutput claim) {
    return isScored()
            && input instanceof ChatInput free
            && free.forcedTokens() == null
            && claim instanceof ChatOutput said
            && said.trace() != null
        ? free.forcing(said.trace().tokens())
        : input;
  }

  /**
   * Whether {@code reference} is an answer to what {@link #asked} gives, for whom inputs are known
   * by their digests alone. Where answers are scored both must be of the same tokens: two texts
   * that a model may have said are not evidence against each other.
   */
  public boolean isOfOneInput(
      Digest claimInput, JobOutput claim, Digest referenceInput, JobOutput reference) {
    if (!isScored()) {
      return claimInput.equals(referenceInput);
    }
    if (!(claim instanceof ChatOutput said)
        || said.trace() == null
        || !(reference instanceof ChatOutput scored)
        || scored.trace() == null) {
      return false;
    }
    List<Integer> tokens = said.trace().tokens();
    return tokens.equals(scored.trace().tokens())
        && (claimInput.equals(referenceInput)
            || ChatInput.digestForcing(claimInput, tokens).equals(referenceInput));
  }

  private static Evidence some(JobOutput output, List<Integer> items) {
    Evidence all = evidence(output);
    if (items.isEmpty() || !(all instanceof Evidence.Vectors vectors)) {
      return all;
    }
    return items.stream().allMatch(item -> item >= 0 && item < vectors.count())
        ? vectors.only(items)
        : new Evidence.Malformed("It has not the items that were looked at.");
  }
}
