package dev.assay.marketplace.job;

import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.platform.Problem;
import dev.assay.protocol.content.JobInput;

/** Whoever makes the strict replays; jobs themselves do not know how. */
public interface Arbiter {
  /** Whether results of this model can be replayed strictly at all. */
  boolean isReplayable(Model model);

  /**
   * Whether a result of this can be held against the strict replay soon.
   *
   * @throws Problem if not, with the reason
   */
  void checkReplayable(Model model, JobInput input);

  /** How many results of one requester may wait to be held against it. */
  int mostOfOne();
}
