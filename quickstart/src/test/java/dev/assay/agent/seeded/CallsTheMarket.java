package dev.assay.agent.seeded;

import dev.assay.marketplace.MarketplaceApplication;

class CallsTheMarket {
  Class<?> market() {
    return MarketplaceApplication.class;
  }
}
