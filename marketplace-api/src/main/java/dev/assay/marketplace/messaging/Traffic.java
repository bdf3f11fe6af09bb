package dev.assay.marketplace.messaging;

import dev.assay.messaging.EventTraffic;
import dev.assay.messaging.MessagingConfiguration;
import dev.assay.protocol.event.EventTopics;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** What this process says and hears, and what it has in common with the other service. */
@Configuration(proxyBeanMethods = false)
@Import(MessagingConfiguration.class)
class Traffic {
  @Bean
  static EventTraffic eventTraffic() {
    return new EventTraffic(
        "marketplace",
        "market",
        EventTopics.OF_MARKET,
        EventTopics.OF_SETTLEMENT,
        EventTraffic.Failures.OF_THE_DATABASE_ALONE);
  }
}
