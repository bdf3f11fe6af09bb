package dev.assay.settlement.court;

import dev.assay.protocol.event.EpochClosed;
import dev.assay.settlement.intake.Intake;
import org.springframework.stereotype.Service;

/** Takes in that the market closed an epoch. */
@Service
public class CloseEpoch {
  private final Intake intake;
  private final Epochs epochs;

  CloseEpoch(Intake intake, Epochs epochs) {
    this.intake = intake;
    this.epochs = epochs;
  }

  public void close(EpochClosed event) {
    intake.once(event.id(), () -> epochs.close(event));
  }
}
