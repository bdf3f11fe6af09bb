package dev.assay.marketplace.audit;

import dev.assay.marketplace.job.Arbiter;
import dev.assay.marketplace.job.Quorums;
import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.JobInput;
import org.springframework.stereotype.Component;

/** Promises strict replays, as far as this market has models, thresholds and time for them. */
@Component
class StrictArbiter implements Arbiter {
  private final ReplayedModels models;
  private final Quorums quorums;
  private final StrictSettings settings;

  StrictArbiter(ReplayedModels models, Quorums quorums, StrictSettings settings) {
    this.models = models;
    this.quorums = quorums;
    this.settings = settings;
  }

  @Override
  public boolean isReplayable(Model model) {
    return model.calibration().isPresent() && models.has(model);
  }

  @Override
  public int mostOfOne() {
    return settings.perRequester();
  }

  @Override
  public void checkReplayable(Model model, JobInput input) {
    if (!isReplayable(model) || models.of(model).isEmpty()) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "This market cannot replay %s strictly: it lacks its files or thresholds. verification is 'spot'%s."
              .formatted(model.name(), model.calibration().isEmpty() ? "" : " or 'quorum:k/n'"));
    }
    if (input instanceof EmbeddingsInput(var texts) && texts.size() > settings.texts()) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "A strict job has at most %d texts, and this one has %d; post several."
              .formatted(settings.texts(), texts.size()));
    }
    if (quorums.undecidedStrict(settings.queued()) >= settings.queued()) {
      throw new Problem(
          ProblemType.UNAVAILABLE,
          "%d strict jobs wait to be replayed, as many as this market takes. Ask again in a minute, or for 'spot'."
              .formatted(settings.queued()));
    }
  }
}
