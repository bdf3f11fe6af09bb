package dev.assay.settlement.chain;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param rpcUrls JSON-RPC over HTTP or HTTPS of each node, best from different operators; required
 *     unless a bean gives them
 * @param id the chain's id, as in EIP-155; a node of another chain is refused
 * @param timeout of one call
 * @param mostLag blocks that a node may be behind the others; one further behind is not asked
 * @param staleAfter how long the head may go unobserved before the chain counts as away
 */
@ConfigurationProperties("settlement.chain")
record ChainSettings(
    @DefaultValue List<URI> rpcUrls,
    @DefaultValue("31337") long id,
    @DefaultValue("5s") Duration timeout,
    @DefaultValue("8") int mostLag,
    @DefaultValue("15s") Duration staleAfter) {
  ChainSettings {
    rpcUrls = List.copyOf(rpcUrls);
    for (URI url : rpcUrls) {
      if (url.getHost() == null
          || !("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
        throw new IllegalArgumentException(
            "settlement.chain.rpc-urls must be http or https addresses of EVM nodes.");
      }
    }
  }
}
