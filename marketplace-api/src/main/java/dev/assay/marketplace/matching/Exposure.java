package dev.assay.marketplace.matching;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.audit.TrackRecord;

/**
 * What is known of a worker beside its leases.
 *
 * @param unsettled earned and not settled yet: its answers may still be found wrong
 * @param record with the model and on the profile that it offers
 */
public record Exposure(TokenAmount unsettled, TrackRecord record) {
  public static final Exposure UNKNOWN = new Exposure(TokenAmount.ZERO, TrackRecord.NEW);

  /** Whether anybody has ever looked at what it does. */
  public boolean isProven() {
    return record.passes() > 0;
  }
}
