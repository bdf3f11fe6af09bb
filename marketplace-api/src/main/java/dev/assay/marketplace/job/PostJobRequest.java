package dev.assay.marketplace.job;

import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.content.JobInput;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code POST /api/jobs}.
 *
 * @param id made by the caller, and kept before sending: the same id never makes a second job
 * @param maxPrice held until the job has ended; {@link Quote#maxPrice} if not given
 * @param deadlineSeconds from now, 1 to a week; the tier's if not given
 * @param provider what is wanted of the worker
 * @param verification how the result is made sure of; {@code spot} if not given
 */
public record PostJobRequest(
    @Nullable JobId id,
    String model,
    JobInput input,
    @Nullable TokenAmount maxPrice,
    @Nullable Tier tier,
    @Nullable Integer deadlineSeconds,
    @Nullable Wishes provider,
    @Nullable Verification verification) {
  /** Without the input, which is the requester's own. */
  @Override
  public String toString() {
    return "PostJobRequest[id=%s, model=%s]".formatted(id, model);
  }
}
