package dev.assay.marketplace.job;

import dev.assay.marketplace.platform.OneTrip;
import dev.assay.protocol.JobId;
import dev.assay.protocol.content.JobInput;
import java.util.List;
import java.util.Set;

/**
 * Gives jobs to workers that wait, in the transaction that writes the jobs down: who waits has its
 * lease after one commit and not after two.
 */
public interface FirstLeases {
  /** A job that is being posted, with what is to be computed. */
  record NewJob(Job job, JobInput input) {}

  /**
   * Within the caller's transaction, before anything is decided.
   *
   * @param posted those that may be given away
   * @param trip asks what leases need to know, if somebody waits
   */
  Giving begin(List<Job> posted, OneTrip trip);

  /** What a transaction gives away. */
  interface Giving {
    /**
     * When all that can refuse the jobs has been asked. The workers are told after the commit.
     *
     * @param trip the transaction's last, in which the jobs are open by then
     * @return those that somebody has if it is committed; the others are to be offered then
     */
    Set<JobId> give(List<NewJob> posted, OneTrip trip);
  }
}
