package dev.assay.marketplace.offer;

import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.UnitPrice;

/**
 * One model that a worker serves.
 *
 * @param concurrency jobs at a time
 */
public record Offer(
    WalletAddress worker,
    Digest modelDigest,
    ProfileClass profile,
    UnitPrice inputPrice,
    UnitPrice outputPrice,
    int concurrency,
    String region) {

  /** What so many units cost at this worker. */
  public TokenAmount priceOf(long inputUnits, long outputUnits) {
    return inputPrice.of(inputUnits).plus(outputPrice.of(outputUnits));
  }
}
