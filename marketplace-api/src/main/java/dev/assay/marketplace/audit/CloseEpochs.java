package dev.assay.marketplace.audit;

import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.dispatch.Epochs;
import dev.assay.marketplace.platform.ByClock;
import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.marketplace.platform.WhenChanged;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Service;

/**
 * Closes the open epoch when it is old or large enough. One without results stays open, since a
 * seal has at least one leaf and the chain takes every number; and so does one whose predecessors
 * are not drawn yet.
 */
@Service
class CloseEpochs implements ByClock {
  private static final Logger LOG = LoggerFactory.getLogger(CloseEpochs.class);

  private final Epochs epochs;
  private final AttestedResults results;
  private final Seals seals;
  private final AuditSettings settings;
  private final Clock clock;
  private final Ripeness ripeness;
  private volatile Optional<Instant> due = Optional.empty();

  CloseEpochs(
      Epochs epochs, AttestedResults results, Seals seals, AuditSettings settings, Clock clock) {
    this.epochs = epochs;
    this.results = results;
    this.seals = seals;
    this.settings = settings;
    this.clock = clock;
    this.ripeness = new Ripeness(settings.epochAge(), settings.epochSize());
  }

  @ByOneReplica
  @WhenChanged
  @Scheduled(
      initialDelayString = "${marketplace.audit.close-every:1s}",
      fixedDelayString = "${marketplace.audit.close-every:1s}")
  void close() {
    Epochs.Open open = epochs.open();
    Duration age = Duration.between(open.openedAt(), clock.instant());
    OptionalLong enough = ripeness.enough(open.number(), age);
    boolean isRipe =
        enough.isPresent()
            && results.count(open.number(), enough.getAsLong()) >= enough.getAsLong();
    if (isRipe && seals.undrawn(settings.undrawn()) < settings.undrawn()) {
      close(open.number());
    }
    due = ripeness.again(age).map(open.openedAt()::plus);
  }

  @Override
  public Optional<Instant> due() {
    return due;
  }

  /** Does nothing to an epoch without a result. */
  void close(long number) {
    if (results.count(number, 1) > 0 && epochs.close(number, clock.instant())) {
      LOG.atInfo().addKeyValue("epoch", number).log("Epoch closed");
    }
  }
}
