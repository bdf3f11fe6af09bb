package dev.assay.marketplace.audit;

import dev.assay.marketplace.audit.Seals.ChainDraw;
import dev.assay.marketplace.audit.Seals.SealedEpoch;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.event.EpochDrawn;
import org.springframework.stereotype.Service;

/**
 * Takes an epoch's beacon: as often as it comes, before or after what the chain says of the seal.
 */
@Service
public class RecordDraw {
  private final Seals seals;

  RecordDraw(Seals seals) {
    this.seals = seals;
  }

  /**
   * @throws IllegalStateException if the epoch is not closed here, or its beacon is not made of
   *     what it says
   */
  public void record(EpochDrawn event) {
    SealedEpoch own =
        seals
            .find(event.epoch())
            .orElseThrow(() ->
                new IllegalStateException(
                    "The chain has drawn epoch %d, which is not closed here"
                        .formatted(event.epoch())));
    if (!Beacon.of(event.preimage(), event.blockHash(), own.root()).equals(event.beacon())) {
      throw new IllegalStateException(
          "The beacon of epoch %d is not that of its preimage, block and root"
              .formatted(event.epoch()));
    }
    seals.keep(
        new ChainDraw(
            event.epoch(),
            event.beacon(),
            event.preimage(),
            event.blockHash(),
            event.transaction(),
            event.blockNumber(),
            event.occurredAt()));
  }
}
