package dev.assay.marketplace.job;

import dev.assay.protocol.JobId;
import java.util.Collection;
import java.util.Set;

/** What those who serve jobs tell of them; jobs themselves do not know who does. */
public interface JobProgress {
  /** Those of {@code jobs} that a worker executes now. */
  Set<JobId> executing(Collection<JobId> jobs);

  /** Whether a worker executes any of {@code jobs} now, also if nobody has told of it. */
  boolean isAnyExecuted(Collection<JobId> jobs);

  /** Asks whoever executes the job to end it with what there is. */
  Stop stop(Job job);

  /** What became of that. */
  enum Stop {
    /** Nobody executes it. */
    IDLE,
    /** It ends early, attested and paid as far as it came, or without a result. */
    ENDS_EARLY,
    /** It is whole or nothing, and somebody works on it. */
    UNSTOPPABLE
  }
}
