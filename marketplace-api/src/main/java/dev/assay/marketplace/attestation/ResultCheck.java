package dev.assay.marketplace.attestation;

import dev.assay.marketplace.dispatch.LiveLease;
import dev.assay.protocol.Digest;
import dev.assay.protocol.OutputOpening;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.verification.OutputComparison;
import dev.assay.protocol.wire.ResultSubmission;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;

/** Whether a result is what its lease asked for. Pure; who signed it is looked at elsewhere. */
final class ResultCheck {
  private ResultCheck() {}

  /**
   * @param words for the worker
   */
  private record Rule(BiPredicate<LiveLease, ResultSubmission> holds, String words) {}

  private static final List<Rule> RULES =
      List.of(
          new Rule(
              (lease, result) -> claimed(result).worker().equals(lease.worker()),
              "attestation.worker is not whom the lease was given to."),
          new Rule(
              (lease, result) -> claimed(result).assignment().equals(lease.digest()),
              "attestation.assignment is not the digest of the lease's assignment."),
          new Rule(
              (lease, result) -> claimed(result).modelDigest().equals(lease.job().modelDigest()),
              "attestation.modelDigest is not the lease's."),
          new Rule(
              (lease, result) -> claimed(result).profileDigest().equals(lease.profile().digest()),
              "attestation.profileDigest is not that of the lease's profile."),
          new Rule(
              (lease, result) -> claimed(result).inputDigest().equals(lease.job().inputDigest()),
              "attestation.inputDigest is not the lease's."),
          new Rule(
              (lease, result) -> claimed(result).method() == lease.job().method(),
              "attestation.method is not the lease's."),
          new Rule(
              (lease, result) -> claimed(result).epoch() == lease.epoch(),
              "attestation.epoch is not the lease's."),
          new Rule(
              (lease, result) -> claimed(result).toleranceDigest().equals(Digest.ZERO),
              "attestation.toleranceDigest is zero for this method."),
          new Rule(
              (lease, result) -> fits(lease.input(), result.output()),
              "The output is not of the kind, or not of the number of parts, that the input asks"
                  + " for."),
          new Rule(
              ResultCheck::isTraced,
              "The output does not tell what the model thinks of each of its tokens: of those that"
                  + " were forced, of as many as are billed, and of maxTokens if it was cut off"
                  + " there."),
          new Rule(
              (lease, result) ->
                  claimed(result).outputCommitment().equals(opening(result).commitment()),
              "attestation.outputCommitment does not open with outputSalt and the digest of the"
                  + " output."),
          new Rule(
              (lease, result) ->
                  claimed(result).evidenceRoot().equals(result.output().evidenceRoot()),
              "attestation.evidenceRoot is not that of the output."),
          new Rule(
              (lease, result) ->
                  claimed(result).inputUnits() <= lease.job().inputUnits()
                      && claimed(result).outputUnits() <= lease.job().outputUnits(),
              "More units are billed than this input and its limits can make."));

  /** What is wrong with a result; nothing if it is what was asked for. */
  static Optional<String> objection(LiveLease lease, ResultSubmission result) {
    return RULES.stream()
        .filter(rule -> !rule.holds().test(lease, result))
        .map(Rule::words)
        .findFirst();
  }

  private static ResultAttestation claimed(ResultSubmission result) {
    return result.attestation();
  }

  private static OutputOpening opening(ResultSubmission result) {
    ResultAttestation claimed = result.attestation();
    return new OutputOpening(
        claimed.jobId(),
        claimed.attempt(),
        claimed.worker(),
        result.outputSalt(),
        result.output().digest());
  }

  /** Where answers are scored, every token has its place in the trace. */
  private static boolean isTraced(LiveLease lease, ResultSubmission result) {
    boolean isScored = new OutputComparison(lease.job().modelDigest(), lease.profile()).isScored();
    if (!isScored
        || !(lease.input() instanceof ChatInput asked)
        || !(result.output() instanceof ChatOutput said)) {
      return true;
    }
    if (asked.forcedTokens() != null) {
      return said.trace() != null && said.trace().tokens().equals(asked.forcedTokens());
    }
    int tokens = said.trace() == null ? 0 : said.trace().count();
    return claimed(result).outputUnits() <= tokens
        && switch (said.finishReason()) {
          case STOP -> tokens > 0;
          case LENGTH -> tokens == asked.maxTokens();
          case CANCELLED -> tokens > 0 || said.text().isEmpty();
        };
  }

  private static boolean fits(JobInput input, JobOutput output) {
    if (input.kind() != output.kind()) {
      return false;
    }
    return !(input instanceof EmbeddingsInput(var texts))
        || output instanceof EmbeddingsOutput vectors && vectors.count() == texts.size();
  }
}
