package dev.assay.settlement;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.scheduling.annotation.EnableScheduling;

/** The process that watches the chain and moves money on it. Serves nothing but its own health. */
@SpringBootApplication
@ConfigurationPropertiesScan
@EnableScheduling
public class SettlementApplication {
  public static void main(String[] args) {
    SpringApplication.run(SettlementApplication.class, args);
  }
}
