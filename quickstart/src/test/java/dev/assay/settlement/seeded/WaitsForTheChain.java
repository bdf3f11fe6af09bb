package dev.assay.settlement.seeded;

import dev.assay.settlement.chain.BlockRef;
import dev.assay.settlement.chain.ChainClient;
import org.springframework.transaction.annotation.Transactional;

record WaitsForTheChain(ChainClient chain) {
  @Transactional
  BlockRef head() {
    return chain.latestBlock();
  }
}
