package dev.assay.marketplace.matching;

import dev.assay.protocol.WalletAddress;
import java.util.Set;

/**
 * What is known of workers has changed.
 *
 * @param relieved those that may have more under way than before
 */
public record ExposuresChanged(Set<WalletAddress> relieved) {
  public ExposuresChanged {
    relieved = Set.copyOf(relieved);
  }
}
