package dev.assay.marketplace.matching;

import dev.assay.marketplace.offer.Offer;

/** Whoever knows what workers have unsettled, and what audits have shown. */
public interface Exposures {
  /** At the speed of memory, and a second old at most; {@link Exposure#UNKNOWN} at first. */
  Exposure of(Offer offer);
}
