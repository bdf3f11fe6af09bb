package dev.assay.protocol.wire;

import java.util.List;

/**
 * A worker that executes says so: {@code POST /worker/v1/heartbeat}. Each lease is good for three
 * heartbeats without one, but never beyond its assignment's deadline.
 *
 * @param attempts that it executes now, at most {@value #MAX_ATTEMPTS}
 */
public record Heartbeat(List<AttemptRef> attempts) {
  public static final int MAX_ATTEMPTS = 64;

  /**
   * @throws IllegalArgumentException for too many
   */
  public Heartbeat {
    attempts = List.copyOf(attempts);
    if (attempts.size() > MAX_ATTEMPTS) {
      throw new IllegalArgumentException(
          "A heartbeat names at most %d attempts.".formatted(MAX_ATTEMPTS));
    }
  }
}
