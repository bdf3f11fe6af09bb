package dev.assay.marketplace.platform;

import dev.assay.protocol.Domain;
import dev.assay.protocol.WalletAddress;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where what is signed here may be judged. Every deployment has its own: a signature for one is
 * worth nothing in another.
 *
 * @param id of the chain, by EIP-155
 * @param court the Court's address
 */
@ConfigurationProperties("marketplace.chain")
public record CourtSettings(@DefaultValue("31337") long id, WalletAddress court) {
  /** The EIP-712 domain of job specs, assignments and attestations. */
  public Domain domain() {
    return new Domain(id, court);
  }
}
