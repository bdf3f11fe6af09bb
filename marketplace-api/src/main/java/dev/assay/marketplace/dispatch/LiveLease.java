package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.matching.InHand.Hold;
import dev.assay.marketplace.matching.Proposal;
import dev.assay.protocol.Assignment;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.Lease;
import java.time.Instant;
import java.util.Optional;

/**
 * A right to execute that has not ended, as far as this process knows.
 *
 * @param digest of the assignment, in the court's domain
 * @param began when it was given; to the second, if not by this process
 * @param sessionKey that asked for it, if it is known
 */
public record LiveLease(
    Proposal proposal,
    Assignment assignment,
    Digest digest,
    JobInput input,
    long epoch,
    Instant began,
    Optional<WalletAddress> sessionKey) {

  public AttemptRef ref() {
    return new AttemptRef(assignment.jobId(), assignment.attempt());
  }

  public Job job() {
    return proposal.open().job();
  }

  public int attempt() {
    return proposal.open().attempt();
  }

  Hold hold() {
    return Hold.of(proposal);
  }

  Assignments.Key key() {
    return new Assignments.Key(job().id(), attempt());
  }

  public WalletAddress worker() {
    return proposal.offer().worker();
  }

  public ProfileClass profile() {
    return proposal.offer().profile();
  }

  Instant assignedAt() {
    return Instant.ofEpochSecond(assignment.assignedAt());
  }

  public Instant deadline() {
    return Instant.ofEpochSecond(assignment.deadline());
  }

  /** What the worker gets. Audits and canaries look like this too. */
  Lease onTheWire(int heartbeatSeconds) {
    return new Lease(
        assignment,
        job().modelDigest(),
        profile(),
        job().inputDigest(),
        input,
        epoch,
        heartbeatSeconds);
  }
}
