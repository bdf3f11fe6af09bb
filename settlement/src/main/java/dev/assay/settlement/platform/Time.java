package dev.assay.settlement.platform;

import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The only place where this process takes the time of the machine. */
@Configuration(proxyBeanMethods = false)
class Time {
  @Bean
  Clock clock() {
    return Clock.systemUTC();
  }
}
