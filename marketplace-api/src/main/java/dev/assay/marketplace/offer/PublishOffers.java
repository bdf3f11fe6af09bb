package dev.assay.marketplace.offer;

import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.model.Models;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.OfferBook;
import dev.assay.protocol.wire.WorkerOffer;
import java.util.List;
import java.util.stream.Collectors;
import org.springframework.stereotype.Service;

/** Replaces what a worker sells. */
@Service
class PublishOffers {
  private final Models models;
  private final Offers offers;

  PublishOffers(Models models, Offers offers) {
    this.models = models;
    this.offers = offers;
  }

  /**
   * @throws Problem for a model that this market does not know, or a profile that may not serve it
   */
  void publish(WalletAddress worker, OfferBook book) {
    List<Offer> published =
        book.offers().stream().map(offer -> checked(worker, book.region(), offer)).toList();
    if (published.equals(offers.of(worker)) && book.verifies() == offers.verifies(worker)) {
      return;
    }
    offers.publish(worker, published, book.verifies());
  }

  private Offer checked(WalletAddress worker, String region, WorkerOffer offer) {
    Model model =
        models
            .of(offer.modelDigest())
            .orElseThrow(() ->
                new Problem(
                    ProblemType.UNKNOWN_MODEL,
                    "This market does not know the model %s. GET /api/models lists what it knows."
                        .formatted(offer.modelDigest())));
    if (!model.profiles().contains(offer.profile())) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "%s is served on %s, not on %s."
              .formatted(
                  model.name(),
                  model.profiles().stream()
                      .map(profile -> profile.label())
                      .sorted()
                      .collect(Collectors.joining(", ")),
                  offer.profile().label()));
    }
    return new Offer(
        worker,
        offer.modelDigest(),
        offer.profile(),
        offer.inputPrice(),
        offer.outputPrice(),
        offer.concurrency(),
        region);
  }
}
