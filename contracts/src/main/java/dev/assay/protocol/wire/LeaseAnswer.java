package dev.assay.protocol.wire;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The market's answer to a {@link LeaseRequest}.
 *
 * @param leases none, or up to the capacity that was asked for
 * @param idleBecause why there is no lease, in words for the provider; empty if there is one
 * @param skipped open jobs that this worker was not given, counted by reason
 * @param serverTime the market's clock, UTC
 */
public record LeaseAnswer(
    List<Lease> leases, String idleBecause, Map<String, Integer> skipped, Instant serverTime) {
  public LeaseAnswer {
    leases = List.copyOf(leases);
    skipped = Map.copyOf(skipped);
  }
}
