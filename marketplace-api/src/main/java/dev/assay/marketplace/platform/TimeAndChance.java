package dev.assay.marketplace.platform;

import dev.assay.determinism.Ids;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.random.RandomGenerator;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.scheduling.config.TaskManagementConfigUtils;

/** The only place where this process takes the time and chance of the machine. */
@Configuration(proxyBeanMethods = false)
class TimeAndChance {
  @Bean
  Clock clock() {
    return Clock.systemUTC();
  }

  /** Several threads: one chore that is slow must not keep leases from lapsing. */
  @Bean
  ThreadPoolTaskScheduler taskScheduler() {
    var scheduler = new ThreadPoolTaskScheduler();
    scheduler.setPoolSize(4);
    scheduler.setThreadNamePrefix("scheduling-");
    scheduler.setDaemon(true);
    // Else a stop waits for a chore that waits for Kafka; this way it is interrupted at the end.
    scheduler.setAcceptTasksAfterContextClose(true);
    return scheduler;
  }

  @Bean(TaskManagementConfigUtils.SCHEDULED_ANNOTATION_PROCESSOR_BEAN_NAME)
  static Chores chores(ObjectProvider<Replicas> replicas) {
    return new Chores(replicas);
  }

  @Bean
  RandomGenerator chance() {
    return new SecureRandom();
  }

  @Bean
  Ids ids(Clock clock, RandomGenerator chance) {
    return new Ids(clock, chance);
  }
}
