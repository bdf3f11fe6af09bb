package dev.assay.marketplace.matching;

import dev.assay.protocol.WalletAddress;
import java.util.List;

/**
 * Why a job has the worker it has, or none.
 *
 * @param workers that offer the model
 * @param candidates the first of them, and how each stands to the job now
 */
public record MatchTrace(int workers, int eligible, List<CandidateTrace> candidates) {
  /**
   * @param parked whether it waits for work at this moment
   * @param reason short name of the rule that refuses it; empty if it may have the job
   * @param words the same in words
   */
  public record CandidateTrace(
      WalletAddress worker, String price, boolean parked, String reason, String words) {}
}
