package dev.assay.settlement;

import dev.assay.service.AssayService;
import org.springframework.boot.SpringApplication;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * The process that watches the chain and moves money on it. Serves its own health and the proof of
 * reserves.
 */
@AssayService
@EnableScheduling
public class SettlementApplication {
  public static void main(String[] args) {
    SpringApplication.run(SettlementApplication.class, args);
  }
}
