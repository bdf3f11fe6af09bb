package dev.assay.protocol.wire;

import dev.assay.protocol.Digest;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.Signature;
import dev.assay.protocol.content.JobOutput;

/**
 * A finished attempt.
 *
 * @param signature by the worker's session key, over the attestation in the court's domain
 * @param outputSalt opens {@code attestation.outputCommitment} together with the output's digest
 */
public record ResultSubmission(
    ResultAttestation attestation, Signature signature, Digest outputSalt, JobOutput output) {

  public AttemptRef ref() {
    return new AttemptRef(attestation.jobId(), attestation.attempt());
  }

  /** Without the output, which is the requester's own. */
  @Override
  public String toString() {
    return "ResultSubmission[%s, attempt %d]".formatted(attestation.jobId(), attestation.attempt());
  }
}
