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
   * @throws IllegalStateException if the epoch is not closed here, its beacon is not made of what
   *     it says, or another was final before: what was drawn stays drawn, and an operator must look
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
    Beacon kept = seals.chainDraw(event.epoch()).orElseThrow().beacon();
    if (!kept.equals(event.beacon())) {
      throw new IllegalStateException(
          "Epoch %d was drawn by the final beacon %s before, and now by %s"
              .formatted(event.epoch(), kept.value(), event.beacon().value()));
    }
  }
}
