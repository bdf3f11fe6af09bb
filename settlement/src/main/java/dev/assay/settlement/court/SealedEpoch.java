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
 */
public record SealedEpoch(EpochSeal epochSeal, Instant sealedAt, Optional<Beacon> beacon) {}
