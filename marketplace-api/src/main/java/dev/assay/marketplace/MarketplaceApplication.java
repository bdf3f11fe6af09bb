package dev.assay.marketplace;

import dev.assay.service.AssayService;
import org.springframework.boot.SpringApplication;
import org.springframework.scheduling.annotation.EnableScheduling;

/** The process that requesters, workers and admins talk to. */
@AssayService
@EnableScheduling
public class MarketplaceApplication {
  public static void main(String[] args) {
    SpringApplication.run(MarketplaceApplication.class, args);
  }
}
