package dev.assay.marketplace.job;

import dev.assay.protocol.JobId;
import java.util.Optional;

/**
 * How a job ended for its requester: as its own execution did, but of one whose answers are held
 * back as it was decided.
 *
 * @param status as in the job itself
 * @param result whose output is the job's
 */
public record ShownEnd(JobId job, String status, Optional<JobEnd.Attested> result, String because) {
  /** Of a job that nobody else computes. */
  public static ShownEnd of(JobEnd end) {
    return new ShownEnd(
        end.job(),
        end.outcome(),
        end instanceof JobEnd.Attested attested ? Optional.of(attested) : Optional.empty(),
        end.because());
  }
}
