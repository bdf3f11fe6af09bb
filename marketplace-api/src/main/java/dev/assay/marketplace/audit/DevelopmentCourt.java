package dev.assay.marketplace.audit;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.audit.Seals.ChainSeal;
import dev.assay.marketplace.audit.Seals.SealedEpoch;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.BeaconChain;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EventId;
import dev.assay.protocol.event.EpochDrawn;
import dev.assay.protocol.event.EpochSealed;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.annotation.Profile;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Seals and draws on a developer's machine where no settlement runs: says what the chain would say,
 * through the same door and in the chain's order. It exists in the profile {@code development}
 * only; its beacons are no secret.
 */
@Component
@Profile("development")
@ConditionalOnBooleanProperty(name = "marketplace.audit.development-court", matchIfMissing = true)
class DevelopmentCourt {
  /** As long as a few blocks of a fast chain. */
  private static final Duration DRAW_DELAY = Duration.ofSeconds(2);

  private static final int CHAIN = 1 << 12;

  private final Seals seals;
  private final RecordSeal sealing;
  private final RecordDraw drawing;
  private final Clock clock;
  private final Ids ids;

  DevelopmentCourt(Seals seals, RecordSeal sealing, RecordDraw drawing, Clock clock, Ids ids) {
    this.seals = seals;
    this.sealing = sealing;
    this.drawing = drawing;
    this.clock = clock;
    this.ids = ids;
  }

  @Scheduled(
      initialDelayString = "${marketplace.audit.court-every:1s}",
      fixedDelayString = "${marketplace.audit.court-every:1s}")
  void go() {
    List<ChainSeal> sealed = seals.awaitingDraw(1);
    if (!sealed.isEmpty()) {
      if (!clock.instant().isBefore(sealed.getFirst().at().plus(DRAW_DELAY))) {
        draw(sealed.getFirst());
      }
      return; // as the Court, which seals the next when the last is drawn
    }
    seals.withoutChainSeal(1).forEach(this::seal);
  }

  private void seal(SealedEpoch epoch) {
    Instant now = clock.instant();
    sealing.record(
        new EpochSealed(
            new EventId(ids.next()),
            now,
            epoch.with(BeaconChain.commitmentOf(preimage(epoch.number()))),
            epoch.number(),
            hash("seal", epoch.number()),
            epoch.number(),
            ""));
  }

  private void draw(ChainSeal seal) {
    Digest block = hash("block", clock.millis());
    Digest preimage = preimage(seal.epoch());
    drawing.record(
        new EpochDrawn(
            new EventId(ids.next()),
            clock.instant(),
            seal.epoch(),
            Beacon.of(preimage, block, seals.find(seal.epoch()).orElseThrow().root()),
            preimage,
            block,
            hash("draw", seal.epoch()),
            seal.epoch(),
            ""));
  }

  /** The same after a restart, without anything being kept. */
  private static Digest preimage(long epoch) {
    BeaconChain chain = BeaconChain.of(hash("chain", epoch / CHAIN), CHAIN);
    return chain.preimage(Math.toIntExact(epoch % CHAIN) + 1);
  }

  private static Digest hash(String what, long number) {
    byte[] name = ("development/" + what).getBytes(StandardCharsets.UTF_8);
    return Digest.keccak256(
        ByteBuffer.allocate(name.length + Long.BYTES).put(name).putLong(number).array());
  }
}
