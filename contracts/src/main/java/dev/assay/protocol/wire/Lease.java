package dev.assay.protocol.wire;

import dev.assay.protocol.Assignment;
import dev.assay.protocol.Digest;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.ProfileClass;

/**
 * A right to execute one attempt, until its deadline. It says nothing of why the work is wanted:
 * audits and canaries look like this too.
 *
 * @param assignment names job, attempt, price and deadline; its digest goes into the attestation
 * @param inputDigest of {@code input}; goes into the attestation
 * @param epoch in whose seal the attestation belongs; goes into it
 * @param heartbeatSeconds how often to send a heartbeat while the attempt runs
 */
public record Lease(
    Assignment assignment,
    Digest modelDigest,
    ProfileClass profile,
    Digest inputDigest,
    JobInput input,
    long epoch,
    int heartbeatSeconds) {

  public AttemptRef ref() {
    return new AttemptRef(assignment.jobId(), assignment.attempt());
  }

  /** Without the input, which is the requester's own. */
  @Override
  public String toString() {
    return "Lease[%s, attempt %d]".formatted(assignment.jobId(), assignment.attempt());
  }
}
