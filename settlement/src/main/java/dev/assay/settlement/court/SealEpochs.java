package dev.assay.settlement.court;

import dev.assay.protocol.BeaconChain;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.chain.ContractError;
import dev.assay.protocol.chain.CourtContract;
import dev.assay.settlement.chain.BlockRef;
import dev.assay.settlement.chain.ChainClient;
import dev.assay.settlement.chain.ChainUnavailable;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.platform.Halts;
import dev.assay.settlement.platform.Leadership;
import dev.assay.settlement.transaction.Errand;
import dev.assay.settlement.transaction.Purpose;
import dev.assay.settlement.transaction.Standing;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Seals each epoch that the market closed, in order, and reveals the beacon's preimage as soon as
 * the draw block has a successor. The next preimage is found by the commitment that the Court
 * shows, not by counting: an epoch whose beacon was withheld used none.
 */
@Component
public class SealEpochs implements Errand {
  private static final Logger LOG = LoggerFactory.getLogger(SealEpochs.class);
  private static final String PART = "beacon";

  /** The chain remembers 8,191 hashes; half of that is left for whoever has to find out. */
  private static final long PIN_AFTER = 4_096;

  /**
   * What the Court says of a seal made for a preimage that is not the next one any more, because a
   * new chain was anchored or a node that is behind showed an old one. The epoch is sealed anew.
   */
  private static final String ANOTHER_LINK = "WrongCommitment";

  private final ChainClient chain;
  private final CourtContract court;
  private final BeaconChain beacons;
  private final Epochs epochs;
  private final Leadership leadership;
  private final Halts halts;

  SealEpochs(
      ChainClient chain,
      Market market,
      BeaconChain beacons,
      Epochs epochs,
      Leadership leadership,
      Halts halts) {
    this.chain = chain;
    this.court = market.deployment().courtContract();
    this.beacons = beacons;
    this.epochs = epochs;
    this.leadership = leadership;
    this.halts = halts;
  }

  @Scheduled(fixedDelayString = "${settlement.court.every:1s}")
  void plan() {
    if (!leadership.isOurs()) {
      return;
    }
    try {
      step();
    } catch (ChainUnavailable e) {
      LOG.atDebug().setCause(e).log("The Court is not asked now");
    }
  }

  void step() {
    for (long epoch : epochs.untold()) {
      epochs.tellDrawn(epoch);
    }
    long latest = chain.read(court.latestEpoch());
    if (latest > 0) {
      CourtContract.Epoch last = chain.read(court.epochOf(latest));
      if (last.beacon().equals(Digest.ZERO) && !last.withheld()) {
        draw(latest, last);
        return; // no seal before it
      }
    }
    Optional<EpochSeal> next = epochs.find(latest + 1);
    if (next.isPresent() && !epochs.isOnItsWay(Purpose.SEAL, latest + 1)) {
      seal(next.get());
    }
  }

  private void draw(long epoch, CourtContract.Epoch sealed) {
    long height = chain.height();
    if (height <= sealed.drawBlock()) {
      return;
    }
    OptionalInt position = position();
    if (position.isPresent() && !epochs.isOnItsWay(Purpose.DRAW, epoch)) {
      epochs.plan(Purpose.DRAW, epoch, court.draw(beacons.preimage(position.getAsInt())));
    }
    if (height > sealed.drawBlock() + PIN_AFTER
        && sealed.blockHash().equals(Digest.ZERO)
        && !epochs.isOnItsWay(Purpose.PIN, epoch)) {
      epochs.plan(Purpose.PIN, epoch, court.pin());
    }
  }

  private void seal(EpochSeal closed) {
    Digest root = chain.read(court.latestRoot());
    if (!closed.prevRoot().equals(root)) {
      halts.halt(
          "epochs",
          "the market closed epoch %d after %s, and the Court's last root is %s: the two speak of different chains of epochs."
              .formatted(closed.epoch(), closed.prevRoot(), root));
      return;
    }
    if (position().isEmpty()) {
      return; // nobody could draw what is sealed
    }
    epochs.seal(
        new EpochSeal(
            closed.epoch(),
            closed.root(),
            closed.prevRoot(),
            closed.count(),
            closed.totalPrice(),
            closed.canaryRoot(),
            closed.verifierSetRoot(),
            closed.verifierCount(),
            chain.read(court.link())));
  }

  /** Of the preimage that opens what the Court shows. */
  private OptionalInt position() {
    Digest link = chain.read(court.link());
    OptionalInt position =
        link.equals(beacons.anchor())
            ? OptionalInt.of(1)
            : IntStream.rangeClosed(2, beacons.length())
                .filter(i -> beacons.preimage(i - 1).equals(link))
                .findFirst();
    if (position.isPresent()) {
      halts.release(PART);
    } else {
      // What was drawn before can be paid all the same, and a draw block be pinned by anyone.
      halts.warn(
          PART,
          "the Court waits for the preimage of %s, and the secret at hand has none: it is another one's, or used up. Give the right secret, or anchor a new chain between epochs."
              .formatted(link));
    }
    return position;
  }

  @Override
  public Set<Purpose> purposes() {
    return Set.of(Purpose.SEAL, Purpose.DRAW, Purpose.PIN);
  }

  @Override
  public Standing standing(Purpose purpose, String subject, BlockRef block, ContractError refusal) {
    CourtContract.Epoch epoch = chain.read(court.epochOf(Long.parseLong(subject)), block);
    boolean isDrawn = !epoch.beacon().equals(Digest.ZERO);
    return switch (purpose) {
      case SEAL ->
          epoch.sealedAt() > 0
              ? Standing.DONE
              : ANOTHER_LINK.equals(refusal.name()) ? Standing.IMPOSSIBLE : Standing.WANTED;
      case DRAW ->
          isDrawn ? Standing.DONE : epoch.withheld() ? Standing.IMPOSSIBLE : Standing.WANTED;
      case PIN ->
          isDrawn || !epoch.blockHash().equals(Digest.ZERO) ? Standing.DONE : Standing.WANTED;
      default -> throw new IllegalArgumentException(purpose + " is not of epochs");
    };
  }
}
