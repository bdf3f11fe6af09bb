package dev.assay.protocol.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A worker's question for work: {@code POST /worker/v1/leases?wait=25s}. It gets leases on what it
 * has offered.
 *
 * @param capacity how many leases the worker can take now, 1 to {@value #MAX_CAPACITY}
 * @param agentVersion what the agent calls itself: 1 to {@value #MAX_VERSION_LENGTH} visible ASCII
 *     characters
 * @param sentAt the worker's clock, UTC; a difference from ours is told in the answer
 * @param holding attempts that the worker has in hand, at most {@value #MAX_HOLDING}: what was
 *     leased to this session key and is not among them is given to it once more, for its answer was
 *     lost. Null from a worker that does not say
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LeaseRequest(
    int capacity, String agentVersion, Instant sentAt, @Nullable List<AttemptRef> holding) {
  public static final int MAX_CAPACITY = 64;
  public static final int MAX_VERSION_LENGTH = 64;
  public static final int MAX_HOLDING = 512;

  /** Of a worker that does not say what it has in hand. */
  public LeaseRequest(int capacity, String agentVersion, Instant sentAt) {
    this(capacity, agentVersion, sentAt, null);
  }

  /**
   * @throws IllegalArgumentException if one is out of its bounds
   */
  public LeaseRequest {
    if (holding != null) {
      holding = List.copyOf(holding);
      if (holding.size() > MAX_HOLDING) {
        throw new IllegalArgumentException(
            "A worker holds at most %d attempts.".formatted(MAX_HOLDING));
      }
    }
    if (capacity < 1 || capacity > MAX_CAPACITY) {
      throw new IllegalArgumentException(
          "capacity is 1 to %d, not %d.".formatted(MAX_CAPACITY, capacity));
    }
    if (agentVersion.isEmpty()
        || agentVersion.length() > MAX_VERSION_LENGTH
        || !agentVersion.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException(
          "agentVersion is 1 to %d visible ASCII characters.".formatted(MAX_VERSION_LENGTH));
    }
  }
}
