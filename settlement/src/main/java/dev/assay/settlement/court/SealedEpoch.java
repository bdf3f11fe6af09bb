package dev.assay.settlement.court;

import dev.assay.protocol.Beacon;
import dev.assay.protocol.EpochSeal;
import java.time.Instant;
import java.util.Optional;

/**
 * An epoch whose seal is final.
 *
 * @param sealedAt at the latest
 * @param beacon once that is final too
 * @param isWithheld whether it is final that there will be none
 */
public record SealedEpoch(
    EpochSeal epochSeal, Instant sealedAt, Optional<Beacon> beacon, boolean isWithheld) {
  /** Whether it is known whom it audits: no other epoch is sealed before. */
  public boolean hasEnded() {
    return beacon.isPresent() || isWithheld;
  }
}
