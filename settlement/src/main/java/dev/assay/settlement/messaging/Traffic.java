package dev.assay.settlement.messaging;

import dev.assay.messaging.EventTraffic;
import dev.assay.messaging.MessagingConfiguration;
import dev.assay.protocol.event.EventTopics;
import dev.assay.settlement.batch.ClearJob;
import dev.assay.settlement.intake.NotYet;
import dev.assay.settlement.intake.Refused;
import dev.assay.settlement.watch.WatchWorker;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** What this process says and hears, and what it has in common with the other service. */
@Configuration(proxyBeanMethods = false)
@Import(MessagingConfiguration.class)
class Traffic {
  private static final EventTraffic.Failures WAITING =
      new EventTraffic.Failures(
          cause ->
              cause instanceof WatchWorker.ChainNotObserved || cause instanceof ClearJob.NotDrawn,
          NotYet.class::isInstance,
          List.of(Refused.class));

  @Bean
  static EventTraffic eventTraffic() {
    return new EventTraffic(
        "settlement", "settlement", EventTopics.OF_SETTLEMENT, EventTopics.OF_MARKET, WAITING);
  }
}
