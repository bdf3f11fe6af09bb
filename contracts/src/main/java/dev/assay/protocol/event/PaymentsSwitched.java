package dev.assay.protocol.event;

import dev.assay.protocol.EventId;
import java.time.Instant;

/**
 * An operator stopped payments or let them go. There are two switches, one at each side, and
 * payments go on when neither is stopped: what was stopped at settlement's own machine the market
 * cannot let go.
 *
 * @param id the same in every delivery of this event
 * @param occurredAt UTC; of each side the latest counts
 * @param number of the switch's row at its side
 * @param isStopped whether payments are stopped by it
 * @param reason for everyone
 * @param by the operator
 * @param traceparent the W3C trace context of what caused it; empty if there was none
 */
public record PaymentsSwitched(
    EventId id,
    Instant occurredAt,
    long number,
    boolean isStopped,
    String reason,
    String by,
    String traceparent) {
  /** What the market's operators did. Key: nothing that matters. Body: this record as JSON. */
  public static final String BY_MARKET = "marketplace.payments-switched.v1";

  /** What was done at settlement's own machine. Key and body as those of the market. */
  public static final String BY_SETTLEMENT = "settlement.payments-switched.v1";
}
