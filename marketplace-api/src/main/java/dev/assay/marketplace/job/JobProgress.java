package dev.assay.marketplace.job;

import dev.assay.protocol.JobId;
import java.util.Collection;
import java.util.Set;

/** What those who serve jobs tell of them; jobs themselves do not know who does. */
public interface JobProgress {
  /** Those of {@code jobs} that a worker executes now. */
  Set<JobId> executing(Collection<JobId> jobs);
}
