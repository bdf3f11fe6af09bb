package dev.assay.protocol.wire;

import java.util.List;

/**
 * What a verifier is asked to sign: {@code GET /worker/v1/verdicts}. It executed each as a job
 * among others; only now, when every answer is committed, it hears what for.
 *
 * @param requests at most {@value #MAX_REQUESTS}; those that are signed do not come again
 */
public record VerdictRequests(List<VerdictRequest> requests) {
  public static final int MAX_REQUESTS = 4;

  public VerdictRequests {
    requests = List.copyOf(requests);
  }

  /**
   * Results of one input by three workers, each as it was sent: whoever is asked can check all by
   * itself. It signs that {@code accused} is invalid only if its own result says so, and agrees
   * with {@code reference}.
   *
   * @param own the verifier's
   * @param reference on whose output the committee's votes agree
   * @param epoch in whose seal {@code accused} is
   * @param round which committee of the draw
   */
  public record VerdictRequest(
      ResultSubmission accused,
      ResultSubmission own,
      ResultSubmission reference,
      long epoch,
      int round) {}
}
