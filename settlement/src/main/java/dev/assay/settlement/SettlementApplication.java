package dev.assay.settlement;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * The process that watches the chain and moves money on it. Serves its own health and the proof of
 * reserves.
 */
@SpringBootApplication
@ConfigurationPropertiesScan
@EnableScheduling
@EnableAsync
public class SettlementApplication {
  public static void main(String[] args) {
    SpringApplication.run(SettlementApplication.class, args);
  }
}
