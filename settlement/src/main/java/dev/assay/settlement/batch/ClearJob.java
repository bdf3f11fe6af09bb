package dev.assay.settlement.batch;

import dev.assay.protocol.Batch;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.event.JobCleared;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.court.Epochs;
import dev.assay.settlement.court.SealedEpoch;
import dev.assay.settlement.intake.Intake;
import dev.assay.settlement.intake.NotYet;
import dev.assay.settlement.intake.Refused;
import dev.assay.settlement.watch.Stakes;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.springframework.stereotype.Service;

/**
 * Takes in a result that is to be paid, and believes nothing of it: the leaf must lie under a root
 * that is sealed and drawn on the chain, be of this attestation, and the attestation be signed by a
 * key that the worker has bound. A forged event moves no money, and no job is taken in twice.
 */
@Service
public class ClearJob {
  private final Intake intake;
  private final Epochs epochs;
  private final Stakes stakes;
  private final ClearedJobs jobs;
  private final Domain domain;
  private final Clock clock;

  ClearJob(
      Intake intake, Epochs epochs, Stakes stakes, ClearedJobs jobs, Market market, Clock clock) {
    this.intake = intake;
    this.epochs = epochs;
    this.stakes = stakes;
    this.jobs = jobs;
    this.domain = market.deployment().courtDomain();
    this.clock = clock;
  }

  /**
   * @throws Refused if it does not prove itself
   * @throws NotYet if its epoch was not closed yet
   * @throws NotDrawn if its epoch is ours and its draw not final yet
   */
  public void clear(JobCleared event) {
    ResultAttestation result = event.result().attestation();
    SealedEpoch epoch = ended(result.epoch());
    SealLeaf leaf = event.subject().leaf();
    Digest digest = result.digest(domain);
    epoch.flaw(result, event.subject(), domain).ifPresent(ClearJob::refuse);
    require(isSigned(event, digest, epoch.sealedAt()), "no key of the worker signed it");
    require(event.earned().compareTo(leaf.price()) <= 0, "it earns more than the sealed price");
    require(
        leaf.price().minus(event.earned()).compareTo(leaf.price().share(Batch.MAX_FEE)) <= 0,
        "what it leaves to the operator is more than the Escrow's highest fee");
    boolean isSelected = // nobody where the beacon was withheld: all is paid unchecked
        epoch
            .beacon()
            .map(beacon -> beacon.selects(result.epoch(), leaf.hash(), leaf.auditRateBps()))
            .orElse(false);
    var job =
        new ClearedJob(
            result.jobId(),
            result.attempt(),
            leaf.requester(),
            leaf.worker(),
            leaf.price(),
            event.earned(),
            digest,
            event.traceparent(),
            clock.instant());
    intake.once(event.id(), () -> jobs.add(job, result.epoch(), isSelected));
  }

  private SealedEpoch ended(long number) {
    Optional<SealedEpoch> epoch = ifEnded(number);
    if (epoch.isPresent()) {
      return epoch.get();
    }
    if (!epochs.isKnown(number)) {
      throw new NotYet("Epoch %d was not closed yet".formatted(number));
    }
    if (number >= epochs.latestSealed()) {
      throw new NotDrawn("Epoch %d is not drawn, or its draw not final".formatted(number));
    }
    // No epoch is sealed before the one before it has ended: looked at once more, it has.
    return ifEnded(number)
        .orElseThrow(
            () -> new Refused("Epoch %d was passed over by later seals".formatted(number)));
  }

  private Optional<SealedEpoch> ifEnded(long number) {
    return epochs.sealed(number).filter(SealedEpoch::hasEnded);
  }

  /**
   * The epoch is one of ours and the last, so it will be drawn, or its beacon declared withheld.
   */
  public static final class NotDrawn extends RuntimeException {
    NotDrawn(String reason) {
      super(reason);
    }
  }

  /** By a key that was alive when the result was sealed. */
  private boolean isSigned(JobCleared event, Digest digest, Instant sealedAt) {
    WalletAddress worker = event.result().attestation().worker();
    return event
        .result()
        .signature()
        .signerOf(digest)
        .flatMap(stakes::key)
        .filter(key -> key.worker().equals(worker))
        .filter(key -> key.deadAt().map(sealedAt::isBefore).orElse(true))
        .isPresent();
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      refuse(otherwise);
    }
  }

  private static void refuse(String why) {
    throw new Refused("A cleared job is not paid: " + why);
  }
}
