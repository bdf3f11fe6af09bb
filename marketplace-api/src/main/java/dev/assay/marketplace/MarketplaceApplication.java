package dev.assay.marketplace;

import dev.assay.service.AssayService;
import org.springframework.boot.SpringApplication;

/** The process that requesters, workers and admins talk to. */
@AssayService
public class MarketplaceApplication {
  public static void main(String[] args) {
    SpringApplication.run(MarketplaceApplication.class, args);
  }
}
