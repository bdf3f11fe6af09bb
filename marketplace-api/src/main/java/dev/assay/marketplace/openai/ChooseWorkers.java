package dev.assay.marketplace.openai;

import dev.assay.marketplace.audit.FindReputations;
import dev.assay.marketplace.identity.MarketContracts;
import dev.assay.marketplace.job.Wishes;
import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.offer.Offer;
import dev.assay.marketplace.offer.Offers;
import dev.assay.marketplace.openai.Routing.PriceLimit;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.UnitPrice;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/**
 * Says a {@link Routing} in the market's own wishes. What those have no words for, a price for each
 * unit and a reputation, is looked at now, and those who have them are wished for by name.
 */
@Service
class ChooseWorkers {
  private final Offers offers;
  private final FindReputations reputations;
  private final MarketContracts.Token token;

  ChooseWorkers(Offers offers, FindReputations reputations, MarketContracts contracts) {
    this.offers = offers;
    this.reputations = reputations;
    this.token = contracts.token();
  }

  /** The most that a job may cost; null if nothing was said. */
  @Nullable TokenAmount limit(Routing routing) {
    PriceLimit limit = routing.maxPrice();
    if (limit == null || limit.request() == null) {
      return null;
    }
    BigInteger units = units("provider.max_price.request", limit.request()).toBigInteger();
    return TokenAmount.of(units.min(TokenAmount.MAX.toBigInteger()));
  }

  /**
   * @param isTraced whether the answer is to tell what the model thought of each token
   * @throws Problem if something is wished for that nobody could do, or nobody does now
   */
  Wishes wishes(Model model, Routing routing, boolean isTraced) {
    checkSupported(routing);
    if (isTraced && !model.isScored()) {
      throw new Problem(
          ProblemType.UNSUPPORTED_PARAMETER,
          "logprobs",
          "Workers do not tell what %s thinks of its tokens. GET /v1/models names the models of which they do, in supported_parameters."
              .formatted(model.name()));
    }
    Wishes wishes;
    try {
      wishes =
          Wishes.of(
              routing.sort(),
              routing.only(),
              routing.ignore(),
              routing.regions(),
              routing.minStake());
    } catch (IllegalArgumentException e) {
      throw new Problem(ProblemType.INVALID_BODY, "provider", String.valueOf(e.getMessage()));
    }
    PriceLimit limit = routing.maxPrice();
    BasisPoints least = routing.minReputation();
    boolean isPriced = limit != null && (limit.prompt() != null || limit.completion() != null);
    boolean isReputed = least != null && least.value() > 0;
    if (!isPriced && !isReputed) {
      return wishes; // as most do: then it does not matter how many offers there are
    }
    List<Offer> offered = offers.onMarket(model.digest());
    if (limit != null && isPriced) {
      Predicate<UnitPrice> prompt = atMost("provider.max_price.prompt", limit.prompt());
      Predicate<UnitPrice> completion = atMost("provider.max_price.completion", limit.completion());
      offered =
          someOf(
              offered,
              offer -> prompt.test(offer.inputPrice()) && completion.test(offer.outputPrice()),
              "provider.max_price",
              "Of %d workers that serve %s none asks as little as provider.max_price.",
              model);
      wishes = only(wishes, offered);
    }
    if (least != null && isReputed) {
      Map<Offer, BasisPoints> known = reputations.of(offered);
      offered =
          someOf(
              offered,
              offer -> known.getOrDefault(offer, BasisPoints.ZERO).compareTo(least) >= 0,
              "provider.min_reputation",
              "Of %d workers that serve %s at that price none has provider.min_reputation.",
              model);
      wishes = only(wishes, offered);
    }
    return wishes;
  }

  private static void checkSupported(Routing routing) {
    if (Boolean.FALSE.equals(routing.allowFallbacks())) {
      throw new Problem(
          ProblemType.UNSUPPORTED_PARAMETER,
          "provider.allow_fallbacks",
          "A worker that fails is always followed by another; name those that will do in"
              + " provider.only.");
    }
    if (routing.dataCollection() != null && !routing.dataCollection().equals("allow")) {
      throw new Problem(
          ProblemType.UNSUPPORTED_PARAMETER,
          "provider.data_collection",
          "Whoever computes a text can read it, and nobody can promise what becomes of it:"
              + " data_collection is 'allow'.");
    }
  }

  private static List<Offer> someOf(
      List<Offer> offered, Predicate<Offer> will, String member, String words, Model model) {
    List<Offer> able = offered.stream().filter(will).toList();
    if (able.isEmpty()) {
      throw new Problem(
          ProblemType.NO_WORKER, member, words.formatted(offered.size(), model.name()));
    }
    return able;
  }

  /**
   * Those of {@code able} that were wished for, the cheapest first if they are too many to name.
   */
  private static Wishes only(Wishes wishes, List<Offer> able) {
    List<WalletAddress> named =
        able.stream()
            .sorted(Comparator.comparing(Offer::outputPrice).thenComparing(Offer::inputPrice))
            .map(Offer::worker)
            .distinct()
            .filter(worker -> wishes.only().isEmpty() || wishes.only().contains(worker))
            .filter(worker -> !wishes.ignore().contains(worker))
            .limit(Wishes.MOST)
            .toList();
    if (named.isEmpty()) {
      throw new Problem(
          ProblemType.NO_WORKER,
          "provider",
          "No worker has all that 'provider' asks; fewer wishes would help.");
    }
    return Wishes.of(
        wishes.sort(), named, List.of(), List.copyOf(wishes.regions()), wishes.minStake());
  }

  private Predicate<UnitPrice> atMost(String member, @Nullable Double most) {
    if (most == null) {
      return _ -> true;
    }
    BigDecimal bound = units(member, most);
    return price -> new BigDecimal(price.perMillion().toBigInteger()).compareTo(bound) <= 0;
  }

  /** Atomic units, rounded down. */
  private BigDecimal units(String member, double tokens) {
    if (!(tokens >= 0 && tokens <= 1e12)) {
      throw new Problem(
          ProblemType.INVALID_BODY, member, "A price is a number from 0 to 1000000000000.");
    }
    return BigDecimal.valueOf(tokens)
        .movePointRight(token.decimals())
        .setScale(0, RoundingMode.FLOOR);
  }
}
