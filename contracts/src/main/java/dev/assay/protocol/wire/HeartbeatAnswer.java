package dev.assay.protocol.wire;

import java.time.Instant;
import java.util.List;

/**
 * @param stop attempts that are over: stop computing them, nothing will be paid
 * @param cancel attempts whose requester wants no more: end them now and attest what there is,
 *     which is paid
 * @param drain take no further leases and stop when the present ones are done; {@code because} says
 *     why
 * @param because in words for the provider; empty if there is nothing to say
 * @param minimumAgentVersion as in {@link SessionAnswer}
 * @param serverTime the market's clock, UTC
 */
public record HeartbeatAnswer(
    List<AttemptRef> stop,
    List<AttemptRef> cancel,
    boolean drain,
    String because,
    String minimumAgentVersion,
    Instant serverTime) {
  public HeartbeatAnswer {
    stop = List.copyOf(stop);
    cancel = List.copyOf(cancel);
  }
}
