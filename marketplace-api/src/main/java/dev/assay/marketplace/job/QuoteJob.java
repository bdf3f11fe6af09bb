package dev.assay.marketplace.job;

import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.model.Models;
import dev.assay.marketplace.offer.Offer;
import dev.assay.marketplace.offer.Offers;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.JobInput;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.stereotype.Service;

/** Says at the door what would not work, and what a job that works costs. */
@Service
class QuoteJob {
  /** The default limit: this many times the cheapest, so that a busy cheapest worker is no wall. */
  private static final long HEADROOM = 2;

  private final Models models;
  private final Offers offers;
  private final Stakes stakes;

  QuoteJob(Models models, Offers offers, Stakes stakes) {
    this.models = models;
    this.offers = offers;
    this.stakes = stakes;
  }

  /**
   * @throws Problem if no worker could do it, with what would work
   */
  Quote quote(String modelName, JobInput input, Wishes wishes) {
    Model model = model(modelName);
    checkFits(model, input);
    List<Offer> offered = offers.onMarket(model.digest());
    List<TokenAmount> prices =
        offered.stream()
            .filter(offer -> isWished(offer, wishes))
            .filter(offer -> isBacked(offer, input))
            .map(offer -> offer.priceOf(input.mostInputUnits(), input.mostOutputUnits()))
            .sorted()
            .toList();
    if (prices.isEmpty()) {
      throw nobodyServes(model, offered);
    }
    TokenAmount lowest = prices.getFirst();
    return new Quote(
        model.name(),
        model.digest(),
        prices.size(),
        input.mostInputUnits(),
        input.mostOutputUnits(),
        lowest,
        prices.getLast().min(lowest.times(HEADROOM)));
  }

  private Model model(String name) {
    return models
        .named(name)
        .orElseThrow(() ->
            new Problem(
                ProblemType.UNKNOWN_MODEL,
                "This market does not know that model. It knows: %s."
                    .formatted(
                        models.all().stream()
                            .map(Model::name)
                            .limit(16)
                            .collect(Collectors.joining(", ")))));
  }

  private static void checkFits(Model model, JobInput input) {
    if (input.kind() != model.manifest().kind()) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "%s takes inputs of kind '%s', not '%s'."
              .formatted(model.name(), model.manifest().kind(), input.kind()));
    }
    // Embedding models cut what is too long, as everyone who uses them knows; a conversation that
    // does not fit cannot be answered.
    if (!(input instanceof EmbeddingsInput)
        && input.mostOutputUnits() >= model.manifest().contextUnits()) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "%s has a context of %d tokens; ask for fewer than that."
              .formatted(model.name(), model.manifest().contextUnits()));
    }
  }

  private Problem nobodyServes(Model model, List<Offer> offered) {
    if (!offered.isEmpty()) {
      return new Problem(
          ProblemType.NO_WORKER,
          "%d workers serve %s, but none that 'provider' allows and that has enough at stake. They are in: %s."
              .formatted(
                  offered.size(),
                  model.name(),
                  offered.stream()
                      .map(Offer::region)
                      .distinct()
                      .sorted()
                      .limit(16)
                      .collect(Collectors.joining(", "))));
    }
    String served =
        models.all().stream()
            .filter(other -> !offers.onMarket(other.digest()).isEmpty())
            .map(Model::name)
            .sorted(Comparator.naturalOrder())
            .limit(16)
            .collect(Collectors.joining(", "));
    return new Problem(
        ProblemType.NO_WORKER,
        "Nobody serves %s now. %s"
            .formatted(
                model.name(),
                served.isEmpty()
                    ? "No worker offers anything yet; try again later."
                    : "Served now: " + served + "."));
  }

  /** An offer that nobody could be given would make a price that nobody asks. */
  private boolean isBacked(Offer offer, JobInput input) {
    TokenAmount price = offer.priceOf(input.mostInputUnits(), input.mostOutputUnits());
    return price.compareTo(stakes.freeStakeOf(offer.worker()).share(Stakes.AT_RISK)) <= 0;
  }

  private static boolean isWished(Offer offer, Wishes wishes) {
    return (wishes.only().isEmpty() || wishes.only().contains(offer.worker()))
        && !wishes.ignore().contains(offer.worker())
        && (wishes.regions().isEmpty() || wishes.regions().contains(offer.region()));
  }
}
