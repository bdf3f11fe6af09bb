package dev.assay.marketplace.offer;

import dev.assay.protocol.WalletAddress;
import java.util.List;

/** A worker sells these from now on, and nothing else. */
public record OffersPublished(WalletAddress worker, List<Offer> offers) {
  public OffersPublished {
    offers = List.copyOf(offers);
  }
}
