package dev.assay.marketplace.purse;

import dev.assay.protocol.TokenAmount;

/** What came of a {@link Reservation}. */
public sealed interface ReserveResult {
  /** The money is held until the job is charged or released. */
  record Reserved() implements ReserveResult {}

  /**
   * Nothing is held.
   *
   * @param available what the requester could have reserved
   */
  record Insufficient(TokenAmount available) implements ReserveResult {}
}
