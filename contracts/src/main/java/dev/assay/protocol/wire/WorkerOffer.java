package dev.assay.protocol.wire;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.UnitPrice;

/**
 * What a worker sells.
 *
 * @param modelDigest of a model that this market knows ({@code GET /api/models})
 * @param profile class of runtime that it runs on
 * @param concurrency jobs at a time, 1 to {@value #MAX_CONCURRENCY}
 */
public record WorkerOffer(
    Digest modelDigest,
    ProfileClass profile,
    UnitPrice inputPrice,
    UnitPrice outputPrice,
    int concurrency) {
  public static final int MAX_CONCURRENCY = 64;

  /**
   * @throws IllegalArgumentException for a concurrency out of its bounds
   */
  public WorkerOffer {
    if (concurrency < 1 || concurrency > MAX_CONCURRENCY) {
      throw new IllegalArgumentException(
          "concurrency is 1 to %d, not %d.".formatted(MAX_CONCURRENCY, concurrency));
    }
  }
}
