package dev.assay.settlement.chain;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param rpcUrl the node's JSON-RPC over HTTP or HTTPS; required unless a bean gives it
 * @param id the chain's id, as in EIP-155; a node of another chain is refused
 * @param timeout of one call
 * @param staleAfter how long the head may go unobserved before the chain counts as away
 */
@ConfigurationProperties("settlement.chain")
record ChainSettings(
    @Nullable URI rpcUrl,
    @DefaultValue("31337") long id,
    @DefaultValue("5s") Duration timeout,
    @DefaultValue("15s") Duration staleAfter) {
  ChainSettings {
    if (rpcUrl != null
        && (rpcUrl.getHost() == null
            || !("http".equals(rpcUrl.getScheme()) || "https".equals(rpcUrl.getScheme())))) {
      throw new IllegalArgumentException(
          "settlement.chain.rpc-url must be an http or https address of an EVM node.");
    }
  }
}
