package dev.assay.marketplace.audit;

import dev.assay.marketplace.audit.Seals.ChainSeal;
import dev.assay.marketplace.audit.Seals.SealedEpoch;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.event.EpochSealed;
import org.springframework.stereotype.Service;

/** Takes what the chain says of a seal: as often as it comes, before or after the draw. */
@Service
public class RecordSeal {
  private final Seals seals;
  private final ReleaseWithheld withheld;

  RecordSeal(Seals seals, ReleaseWithheld withheld) {
    this.seals = seals;
    this.withheld = withheld;
  }

  /**
   * @throws IllegalStateException if what is sealed on chain is not what was closed here
   */
  public void record(EpochSealed event) {
    EpochSeal seal = event.epochSeal();
    SealedEpoch own =
        seals
            .find(seal.epoch())
            .orElseThrow(() ->
                new IllegalStateException(
                    "The chain has a seal of epoch %d, which is not closed here"
                        .formatted(seal.epoch())));
    if (!own.with(seal.beaconCommitment()).equals(seal)) {
      throw new IllegalStateException(
          "The chain has another seal of epoch %d: %s, not %s".formatted(seal.epoch(), seal, own));
    }
    seals.keep(
        new ChainSeal(
            seal.epoch(),
            seal.beaconCommitment(),
            event.drawBlock(),
            event.transaction(),
            event.blockNumber(),
            event.occurredAt()));
    withheld.release();
  }
}
