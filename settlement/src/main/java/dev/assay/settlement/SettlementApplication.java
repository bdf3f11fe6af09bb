package dev.assay.settlement;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurationExcludeFilter;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.TypeExcludeFilter;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.ComponentScan.Filter;
import org.springframework.context.annotation.FilterType;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.scheduling.annotation.EnableScheduling;

/**
 * The process that watches the chain and moves money on it. Serves its own health and the proof of
 * reserves.
 */
@SpringBootApplication
@ComponentScan( // instead of that annotation's own
    resourcePattern = "**/{type:[^$]+}.class", // no component is nested in another type
    excludeFilters = {
      @Filter(type = FilterType.CUSTOM, classes = TypeExcludeFilter.class),
      @Filter(type = FilterType.CUSTOM, classes = AutoConfigurationExcludeFilter.class)
    })
@ConfigurationPropertiesScan
@EnableScheduling
@EnableAsync
public class SettlementApplication {
  public static void main(String[] args) {
    SpringApplication.run(SettlementApplication.class, args);
  }
}
