package dev.assay.marketplace.job;

import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.content.ProfileClass;
import java.util.Optional;

/**
 * A job has its end; said after the commit.
 *
 * @param result what came out, if it came out here: whoever waits for it need not read it again
 */
public record JobEnded(JobEnd end, Optional<Result> result) {
  /** Of a job that ends without a result. */
  static JobEnded without(JobEnd end) {
    return new JobEnded(end, Optional.empty());
  }

  /**
   * An output.
   *
   * @param profile on which it was computed
   */
  public record Result(JobOutput output, ProfileClass profile) {
    /** Without the output, which is the requester's own. */
    @Override
    public String toString() {
      return "Result[%s]".formatted(profile);
    }
  }
}
