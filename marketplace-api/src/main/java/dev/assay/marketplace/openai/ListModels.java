package dev.assay.marketplace.openai;

import dev.assay.marketplace.identity.MarketContracts;
import dev.assay.marketplace.job.Arbiter;
import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.model.Models;
import dev.assay.marketplace.offer.Offer;
import dev.assay.marketplace.offer.Offers;
import dev.assay.marketplace.openai.ListedModel.OnMarket;
import dev.assay.marketplace.openai.ListedModel.Pricing;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.UnitPrice;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;

/** The market's models, as catalogues of models are written. */
@Service
class ListModels {
  private static final int MILLION_DIGITS = 6;

  private final Models models;
  private final Offers offers;
  private final Stakes stakes;
  private final Arbiter arbiter;
  private final MarketContracts.Token token;

  ListModels(
      Models models, Offers offers, Stakes stakes, Arbiter arbiter, MarketContracts contracts) {
    this.arbiter = arbiter;
    this.models = models;
    this.offers = offers;
    this.stakes = stakes;
    this.token = contracts.token();
  }

  List<ListedModel> all() {
    return models.all().stream().map(this::listed).toList();
  }

  /**
   * @throws Problem {@link ProblemType#UNKNOWN_MODEL} for a name that stands for none
   */
  ListedModel named(String name) {
    return models
        .named(name)
        .map(this::listed)
        .orElseThrow(() ->
            new Problem(
                ProblemType.UNKNOWN_MODEL,
                "model",
                "This market does not know that model. GET /v1/models lists what it knows."));
  }

  private ListedModel listed(Model model) {
    List<Offer> offered = offers.onMarket(model.digest());
    Set<WalletAddress> workers = offered.stream().map(Offer::worker).collect(Collectors.toSet());
    TokenAmount stake =
        workers.stream().map(stakes::freeStakeOf).reduce(TokenAmount.ZERO, TokenAmount::plus);
    return new ListedModel(
        model.name(),
        "model",
        0,
        "assay",
        model.manifest().contextUnits(),
        pricing(offered),
        supported(model),
        new OnMarket(
            model.digest(), model.manifest().kind(), workers.size(), stake, verification(model)));
  }

  private List<String> verification(Model model) {
    List<String> ways = new ArrayList<>(List.of("spot"));
    if (model.calibration().isPresent()) {
      ways.add("quorum:k/n");
    }
    if (arbiter.isReplayable(model)) {
      ways.add("strict");
    }
    return ways;
  }

  private @Nullable Pricing pricing(List<Offer> offered) {
    return offered.isEmpty()
        ? null
        : new Pricing(
            forOne(offered.stream().map(Offer::inputPrice).min(UnitPrice::compareTo).orElseThrow()),
            forOne(
                offered.stream().map(Offer::outputPrice).min(UnitPrice::compareTo).orElseThrow()),
            "0");
  }

  private String forOne(UnitPrice price) {
    BigDecimal exact =
        new BigDecimal(price.perMillion().toBigInteger())
            .movePointLeft(token.decimals() + MILLION_DIGITS);
    return exact.signum() == 0 ? "0" : exact.stripTrailingZeros().toPlainString();
  }

  private static List<String> supported(Model model) {
    return switch (model.manifest().kind()) {
      case CHAT -> {
        List<String> members =
            new ArrayList<>(
                List.of(
                    "max_tokens",
                    "max_completion_tokens",
                    "temperature",
                    "seed",
                    "stream",
                    "provider"));
        if (model.isScored()) {
          members.addAll(List.of("logprobs", "top_logprobs"));
        }
        yield members;
      }
      case EMBEDDINGS -> List.of("encoding_format", "provider");
    };
  }
}
