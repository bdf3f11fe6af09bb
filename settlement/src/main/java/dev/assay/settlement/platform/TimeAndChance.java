package dev.assay.settlement.platform;

import dev.assay.determinism.Ids;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.random.RandomGenerator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/** The only place where this process takes time and chance of the machine. */
@Configuration(proxyBeanMethods = false)
class TimeAndChance {
  @Bean
  Clock clock() {
    return Clock.systemUTC();
  }

  @Bean
  RandomGenerator chance() {
    return new SecureRandom();
  }

  @Bean
  Ids ids(Clock clock, RandomGenerator chance) {
    return new Ids(clock, chance);
  }

  /** Several threads: a node that does not answer must not keep the outbox from being emptied. */
  @Bean
  ThreadPoolTaskScheduler taskScheduler() {
    var scheduler = new ThreadPoolTaskScheduler();
    scheduler.setPoolSize(6);
    scheduler.setThreadNamePrefix("scheduling-");
    scheduler.setDaemon(true);
    scheduler.setAcceptTasksAfterContextClose(true);
    return scheduler;
  }
}
