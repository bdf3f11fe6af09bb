package dev.assay.protocol.wire;

import java.util.List;

/**
 * Finished attempts: {@code POST /worker/v1/results}. Sending the same again is safe.
 *
 * @param results 1 to {@value #MAX_RESULTS}
 */
public record ResultBatch(List<ResultSubmission> results) {
  public static final int MAX_RESULTS = 64;

  /**
   * @throws IllegalArgumentException for none or too many
   */
  public ResultBatch {
    results = List.copyOf(results);
    if (results.isEmpty() || results.size() > MAX_RESULTS) {
      throw new IllegalArgumentException(
          "A batch has 1 to %d results, not %d.".formatted(MAX_RESULTS, results.size()));
    }
  }
}
