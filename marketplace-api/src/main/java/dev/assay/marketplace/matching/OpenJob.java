package dev.assay.marketplace.matching;

import dev.assay.marketplace.job.Job;
import dev.assay.protocol.WalletAddress;
import java.util.Set;

/**
 * A job that wants a worker.
 *
 * @param attempt the fencing token that its next lease will have, from 1
 * @param triedBy workers that have had it and do not get it again
 */
public record OpenJob(Job job, int attempt, Set<WalletAddress> triedBy) {
  public OpenJob {
    triedBy = Set.copyOf(triedBy);
  }
}
