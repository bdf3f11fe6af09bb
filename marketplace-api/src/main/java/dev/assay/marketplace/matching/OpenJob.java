package dev.assay.marketplace.matching;

import dev.assay.marketplace.job.Job;
import dev.assay.protocol.WalletAddress;
import java.util.Set;

/**
 * A job that wants a worker.
 *
 * @param attempt the fencing token that its next lease will have, from 1
 * @param triedBy workers that have had it and do not get it again
 * @param isHedge whether another attempt is live, of which this one is to make up the delay
 */
public record OpenJob(Job job, int attempt, Set<WalletAddress> triedBy, boolean isHedge) {
  /** A job that nobody executes. */
  public OpenJob(Job job, int attempt, Set<WalletAddress> triedBy) {
    this(job, attempt, triedBy, false);
  }

  public OpenJob {
    triedBy = Set.copyOf(triedBy);
  }
}
