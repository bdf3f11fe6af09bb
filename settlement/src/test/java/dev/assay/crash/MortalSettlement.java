package dev.assay.crash;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * Settlement without HTTP and Kafka, which starts in a second or two: all that touches the chain.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@EnableScheduling
@ConfigurationPropertiesScan("dev.assay.settlement")
@ComponentScan({
  "dev.assay.settlement.platform",
  "dev.assay.settlement.chain",
  "dev.assay.settlement.intake",
  "dev.assay.settlement.transaction",
  "dev.assay.settlement.watch",
  "dev.assay.settlement.court",
  "dev.assay.settlement.batch",
  "dev.assay.settlement.reconcile"
})
public class MortalSettlement {
  public static void main(String[] args) {
    var application = new SpringApplication(MortalSettlement.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    // Nothing else would: without HTTP and Kafka all threads are daemons.
    application.setDefaultProperties(Map.of("spring.main.keep-alive", "true"));
    application.run(args);
  }
}
