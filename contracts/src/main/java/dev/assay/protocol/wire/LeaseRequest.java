package dev.assay.protocol.wire;

import java.time.Instant;

/**
 * A worker's question for work: {@code POST /worker/v1/leases?wait=25s}. It gets leases on what it
 * has offered.
 *
 * @param capacity how many leases the worker can take now, 1 to {@value #MAX_CAPACITY}
 * @param agentVersion what the agent calls itself: 1 to {@value #MAX_VERSION_LENGTH} visible ASCII
 *     characters
 * @param sentAt the worker's clock, UTC; a difference from ours is told in the answer
 */
public record LeaseRequest(int capacity, String agentVersion, Instant sentAt) {
  public static final int MAX_CAPACITY = 64;
  public static final int MAX_VERSION_LENGTH = 64;

  /**
   * @throws IllegalArgumentException if capacity or version is out of its bounds
   */
  public LeaseRequest {
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
