package dev.assay.marketplace.job;

import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.model.Models;
import dev.assay.marketplace.offer.Offer;
import dev.assay.marketplace.offer.Offers;
import dev.assay.marketplace.pause.Pauses;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.TrackRecord;
import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.JobInput;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Service;

/** Says at the door what would not work, and what a job that works costs. */
@Service
class QuoteJob {
  /** The default limit: this many times the cheapest, so that a busy cheapest worker is no wall. */
  private static final long HEADROOM = 2;

  private final Models models;
  private final Offers offers;
  private final Stakes stakes;
  private final Pauses pauses;
  private final Assurances assurances;
  private final Arbiter arbiter;
  private final RandomGenerator chance;

  QuoteJob(
      Models models,
      Offers offers,
      Stakes stakes,
      Pauses pauses,
      Assurances assurances,
      Arbiter arbiter,
      RandomGenerator chance) {
    this.pauses = pauses;
    this.arbiter = arbiter;
    this.models = models;
    this.offers = offers;
    this.stakes = stakes;
    this.assurances = assurances;
    this.chance = chance;
  }

  /**
   * What holds for a job before anything is written.
   *
   * @param lowest for all who compute it
   * @param most held if the requester does not say
   */
  record Priced(Model model, TokenAmount lowest, TokenAmount most) {}

  Quote quote(String modelName, JobInput input, Wishes wishes, Verification verification) {
    Priced priced = price(modelName, input, wishes, verification, true);
    List<Offer> able = able(priced.model(), input, wishes, verification.workers());
    return new Quote(
        priced.model().name(),
        priced.model().digest(),
        able.size(),
        input.mostInputUnits(),
        input.mostOutputUnits(),
        priced.lowest(),
        priced.most(),
        verification,
        assurances.expected(verification, priced.model(), able));
  }

  /**
   * @param isNew whether it is a requester's; else it finishes what is there, also while the market
   *     is drained
   * @throws Problem if no worker could do it, with what would work
   */
  Priced price(
      String modelName, JobInput input, Wishes wishes, Verification verification, boolean isNew) {
    Model model = model(modelName);
    if (isNew) {
      pauses.requireOpen(model.digest());
    } else {
      pauses.requireNotStopped(model.digest());
    }
    checkFits(model, input);
    if (verification.workers() > 1 && model.calibration().isEmpty()) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "Nothing is known of how far honest answers of %s differ, so no quorum can be found: verification is 'spot'."
              .formatted(model.name()));
    }
    if (verification instanceof Verification.Strict) {
      arbiter.checkReplayable(model, input);
    }
    return verification.workers() == 1 && wishes.only().isEmpty()
        ? priceAtAny(model, input, wishes)
        : priceAtEach(model, input, wishes, verification);
  }

  /** Whoever gets it: not all who might are looked at. */
  private Priced priceAtAny(Model model, JobInput input, Wishes wishes) {
    Predicate<Offer> isAble = offer -> isAble(offer, model, input, wishes);
    long inputUnits = input.mostInputUnits();
    long outputUnits = input.mostOutputUnits();
    TokenAmount lowest =
        offers
            .lowest(model.digest(), inputUnits, outputUnits, isAble)
            .orElseThrow(() -> nobodyServes(model, offers.onMarket(model.digest())));
    TokenAmount enough = lowest.times(HEADROOM);
    TokenAmount most =
        offers.highest(model.digest(), inputUnits, outputUnits, isAble, enough).orElse(lowest);
    return new Priced(model, lowest, most);
  }

  private Priced priceAtEach(
      Model model, JobInput input, Wishes wishes, Verification verification) {
    int workers = verification.workers();
    List<Offer> able = able(model, input, wishes, workers);
    if (able.isEmpty()) {
      throw nobodyServes(model, offers.onMarket(model.digest()));
    }
    if (able.size() < workers) {
      throw new Problem(
          ProblemType.NO_WORKER,
          "%s wants %d workers, and %d that 'provider' allows and that have enough at stake serve %s."
              .formatted(verification.label(), workers, able.size(), model.name()));
    }
    TokenAmount lowest = priceOf(able.get(workers - 1), input);
    TokenAmount most = priceOf(able.getLast(), input).min(lowest.times(HEADROOM));
    return new Priced(model, lowest.times(workers), most.times(workers));
  }

  /**
   * Whom the wishes allow and whose stake is enough, the cheapest first.
   *
   * @param workers that compute it; of several each counts once, with its cheapest offer
   */
  private List<Offer> able(Model model, JobInput input, Wishes wishes, int workers) {
    Stream<Offer> offered =
        wishes.only().isEmpty()
            ? offers.onMarket(model.digest()).stream()
            : wishes.only().stream()
                .flatMap(worker -> offers.of(worker).stream())
                .filter(offer -> offer.modelDigest().equals(model.digest()));
    List<Offer> able =
        offered
            .filter(offer -> isAble(offer, model, input, wishes))
            .sorted(Comparator.comparing(offer -> priceOf(offer, input)))
            .toList();
    return workers == 1 ? able : each(able);
  }

  /** Each worker once, with its cheapest offer. */
  private static List<Offer> each(List<Offer> ascending) {
    Set<WalletAddress> seen = new HashSet<>();
    return ascending.stream().filter(offer -> seen.add(offer.worker())).toList();
  }

  private boolean isAble(Offer offer, Model model, JobInput input, Wishes wishes) {
    return isWished(offer, wishes)
        && pauses.of(model.digest(), offer.worker()).isEmpty()
        && isBacked(offer, input);
  }

  private static TokenAmount priceOf(Offer offer, JobInput input) {
    return offer.priceOf(input.mostInputUnits(), input.mostOutputUnits());
  }

  /**
   * Draws by chance who may have which part of a quorum: groups without a worker in common, so that
   * nobody has two voices, whatever happens to each of them.
   *
   * @param limit the most that one voice may cost
   * @throws Problem if there are too few
   */
  List<Wishes> voices(
      Model model,
      JobInput input,
      WalletAddress requester,
      Wishes wishes,
      int count,
      TokenAmount limit) {
    List<WalletAddress> workers =
        new ArrayList<>(
            able(model, input, wishes, count).stream()
                .filter(offer -> priceOf(offer, input).compareTo(limit) <= 0)
                .map(Offer::worker)
                .filter(worker -> !worker.equals(requester))
                .toList());
    if (workers.size() < count) {
      throw new Problem(
          ProblemType.NO_WORKER,
          "%d workers are wanted for at most %s each, and there are %d."
              .formatted(count, limit, workers.size()));
    }
    Collections.shuffle(workers, Random.from(chance));
    List<Wishes> voices = new ArrayList<>();
    for (int voice = 0; voice < count; voice++) {
      TreeSet<WalletAddress> group = new TreeSet<>();
      for (int i = voice; i < workers.size() && group.size() < Wishes.MOST; i += count) {
        group.add(workers.get(i));
      }
      voices.add(
          new Wishes(wishes.sort(), group, new TreeSet<>(), wishes.regions(), wishes.minStake()));
    }
    return voices;
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
          "model",
          "%s takes inputs of kind '%s', not '%s'."
              .formatted(model.name(), model.manifest().kind(), input.kind()));
    }
    // Embedding models cut what is too long, as everyone who uses them knows; a conversation that
    // does not fit cannot be answered.
    if (input instanceof ChatInput chat && chat.maxTokens() >= model.manifest().contextUnits()) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "%s has a context of %d tokens; ask for fewer than that."
              .formatted(model.name(), model.manifest().contextUnits()));
    }
    if (input instanceof ChatInput chat && chat.forcedTokens() != null && !model.isScored()) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "%s does not tell what it thinks of given tokens; leave forcedTokens out."
              .formatted(model.name()));
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
    return priceOf(offer, input)
            .compareTo(stakes.freeStakeOf(offer.worker()).share(TrackRecord.AT_RISK))
        <= 0;
  }

  private boolean isWished(Offer offer, Wishes wishes) {
    return (wishes.only().isEmpty() || wishes.only().contains(offer.worker()))
        && !wishes.ignore().contains(offer.worker())
        && (wishes.regions().isEmpty() || wishes.regions().contains(offer.region()))
        && stakes.freeStakeOf(offer.worker()).compareTo(wishes.minStake()) >= 0;
  }
}
