package dev.assay.marketplace.job;

import dev.assay.protocol.JobId;
import java.util.Set;

/**
 * These have their ends, by another replica. How, is in the database, and what follows from it
 * there has been done: this wakes those who wait for them here.
 */
public record JobsEndedElsewhere(Set<JobId> jobs) {
  public JobsEndedElsewhere {
    jobs = Set.copyOf(jobs);
  }
}
